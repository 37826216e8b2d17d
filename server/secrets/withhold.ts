import { createHmac } from 'node:crypto'
import type { RawSql } from '@/db/client'
import { runToken } from '@/server/access/run-token'
import { formerValues } from './former'
import { createRedactor } from './redact'
import { resolveSecrets } from './resolve'
import { serverSecrets } from './server-secrets'

/** What takes an agent's secrets out of what it asks to have recorded: a charge, a wakeup. */
export type Withhold = {
  <T>(value: T): T
  /** Two keys that differ must not become one: where a secret stands in it, a key becomes its digest. */
  key<T extends string | null | undefined>(key: T): T | string
}

/** By the secrets that the agent's configuration names, as they are and as its runs know them, the token of the run, and the server's own. */
export async function withholdFor(
  sql: RawSql,
  secretKey: Buffer,
  { agentId, runId }: { agentId: string; runId: string | null },
): Promise<Withhold> {
  const [agent] = await sql<{ id: string; companyId: string; adapterConfig: Record<string, unknown> }[]>`
    select id, company_id, adapter_config from agents where id = ${agentId}`
  const resolved = agent && (await resolveSecrets(sql, secretKey, agent.companyId, agent.adapterConfig))
  const former = agent ? await formerValues(sql, secretKey, agent) : []
  const redactor = createRedactor([
    ...former,
    ...(resolved?.values ?? []),
    ...(runId ? [runToken(secretKey, runId)] : []),
    ...serverSecrets(secretKey),
  ])
  const withhold = <T>(value: T): T => (redactor ? redactor.value(value) : value)
  return Object.assign(withhold, {
    key<T extends string | null | undefined>(key: T): T | string {
      if (typeof key !== 'string' || withhold<string>(key) === key) return key
      return `redacted ${createHmac('sha256', secretKey).update(key).digest('base64url')}`
    },
  })
}
