import { setTimeout as sleep } from 'node:timers/promises'
import type { RawSql } from '@/db/client'
import type { NewRunEvent } from '@/server/domain/run-event'
import type { Charge } from '@/server/engine/charges/book'
import type { Ending } from '@/server/engine/runs/ending'
import type { ClaimedRun } from '@/server/engine/runs/load'
import { closeResults } from '@/server/engine/runs/results'
import { sessionUsage } from '@/server/engine/runs/session-usage'
import { runToken } from '@/server/identity/access/run-token'
import type { LogStore } from '@/server/logs/log-store'
import type { Log } from '@/server/platform/logger'
import { createRedactor, type Redactor } from '@/server/secrets/redact'
import { resolveSecrets } from '@/server/secrets/resolve'
import { serverSecrets } from '@/server/secrets/server-secrets'
import { type ExecuteOptions, execute } from './execute'

/** A log store whose logs do not contain what the redactor knows. */
export type LogsOf = (redactor: Redactor | null) => LogStore

type Options = Omit<ExecuteOptions, 'run' | 'logs' | 'token' | 'sessionUsage' | 'lastResult'> & {
  sql: RawSql
  secretKey: Buffer
  logsOf: LogsOf
  log: Log
  /** Whether the worker still holds its runs. */
  isHeld(): boolean
}

/** Executes a run with its secrets in place, and redacts them in everything that is recorded. */
export async function executeWithSecrets(claimed: ClaimedRun, options: Options): Promise<Ending> {
  const { id, agentId } = claimed
  try {
    const { run, token, logs, event, ending } = await openSecrets(options, claimed)
    const outcome = await execute({
      ...options,
      run,
      token,
      logs,
      onEvent: (given) => options.onEvent(event(given)),
      lastResult: () => untilAnswered(options.isHeld, () => closeResults(options.sql, options.secretKey, id), null),
      sessionUsage: (sessionId) =>
        untilAnswered(options.isHeld, () => sessionUsage(options.sql, agentId, sessionId), []),
    })
    return ending(outcome)
  } catch (err) {
    options.log.error({ err, runId: id }, 'the secrets of a run could not be opened')
    const error = 'The secrets of this agent could not be opened; the log of the server says why.'
    return { runId: id, agentId, workerId: options.workerId, status: 'failed', errorCode: 'adapter_failed', error }
  }
}

/** A run with its secrets in place, and the redaction of these and of its token. */
type RunWithSecrets = {
  run: ClaimedRun
  /** Authenticates the run to the API while it is active. */
  token: string
  logs: LogStore
  event<Event extends NewRunEvent>(event: Event): Event
  ending(ending: Ending): Ending
}

async function openSecrets(
  options: { sql: RawSql; secretKey: Buffer; logsOf: LogsOf },
  run: ClaimedRun,
): Promise<RunWithSecrets> {
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
    // Only what the program could have written: a secret that reads "failed" must not change a status.
    ending: (ending) => ({
      ...ending,
      error: redact(ending.error),
      report: redact(ending.report),
      events: ending.events?.map((each) => event(each)),
      charges: ending.charges?.map((charge, index) => redactedCharge(charge, index, redact)),
    }),
  }
}

/** A key is booked once: two keys that are equal once redacted must not become one charge. */
function redactedCharge(charge: Charge, index: number, redact: (text: string) => string): Charge {
  const key = redact(charge.idempotencyKey)
  const idempotencyKey = key === charge.idempotencyKey ? key : `${key} ${index}`
  return { ...charge, provider: redact(charge.provider), model: redact(charge.model), idempotencyKey }
}

/**
 * Asks the database until it answers: a run whose work is done must not fail because of an outage. Returns `otherwise`
 * when the worker no longer holds its runs, as then nothing is written of the run.
 */
async function untilAnswered<T>(isHeld: () => boolean, ask: () => Promise<T>, otherwise: T): Promise<T> {
  for (let pauseMs = 50; isHeld(); pauseMs = Math.min(1000, pauseMs * 2)) {
    try {
      return await ask()
    } catch {
      await sleep(pauseMs)
    }
  }
  return otherwise
}
