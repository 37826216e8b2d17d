import type { RawSql } from '@/db/client'
import type { NewRunEvent } from '@/server/domain/run-event'
import type { Charge } from '@/server/engine/charges/book'
import type { Ending } from '@/server/engine/runs/ending'
import type { ClaimedRun } from '@/server/engine/runs/load'
import { runToken } from '@/server/identity/access/run-token'
import type { LogStore } from '@/server/logs/log-store'
import { createRedactor, type Redactor } from '@/server/secrets/redact'
import { resolveSecrets } from '@/server/secrets/resolve'
import { serverSecrets } from '@/server/secrets/server-secrets'

/** A run with its secrets in place, and what keeps them and its token out of everything that is recorded of it. */
export type Confidential = {
  run: ClaimedRun
  /** What the run is known by to the API while it is active. */
  token: string
  logs: LogStore
  event<Event extends NewRunEvent>(event: Event): Event
  ending(ending: Ending): Ending
}

export type LogsOf = (redactor: Redactor | null) => LogStore

export async function openSecrets(
  options: { sql: RawSql; secretKey: Buffer; logsOf: LogsOf },
  run: ClaimedRun,
): Promise<Confidential> {
  const { config, values } = await resolveSecrets(options.sql, options.secretKey, run.companyId, run.adapterConfig)
  const token = runToken(options.secretKey, run.id)
  const redactor = createRedactor([...values, token, ...serverSecrets(options.secretKey)])
  const redact = <T>(value: T): T => (redactor ? redactor.value(value) : value)
  const event = <Event extends NewRunEvent>(given: Event): Event => ({
    ...given,
    message: redact(given.message),
    payload: redact(given.payload),
  })
  return {
    run: { ...run, adapterConfig: config },
    token,
    logs: options.logsOf(redactor),
    event,
    // Only what the program had a say in: a secret that reads "failed" must not garble the books.
    ending: (ending) => ({
      ...ending,
      error: redact(ending.error),
      report: redact(ending.report),
      events: ending.events?.map((each) => event(each)),
      charges: ending.charges?.map((charge, index) => redactedCharge(charge, index, redact)),
    }),
  }
}

/** A key is booked once: two names that are now the same must not become one charge. */
function redactedCharge(charge: Charge, index: number, redact: (text: string) => string): Charge {
  const key = redact(charge.idempotencyKey)
  const idempotencyKey = key === charge.idempotencyKey ? key : `${key} ${index}`
  return { ...charge, provider: redact(charge.provider), model: redact(charge.model), idempotencyKey }
}
