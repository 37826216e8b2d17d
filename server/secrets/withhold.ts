import { createHmac } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { agents } from '@/db/schema'
import { runToken } from '@/server/identity/access/run-token'
import { formerValues } from './former'
import { createRedactor } from './redact'
import { resolveSecrets } from './resolve'
import { serverSecrets } from './server-secrets'

/** Redacts an agent's secrets in what it sends to be recorded: a charge, a wakeup. */
export type Withhold = {
  <T>(value: T): T
  /** A key with a secret in it becomes its digest: keys that differ must not become equal. */
  key<T extends string | null | undefined>(key: T): T | string
}

/** For the secrets of the agent's configuration, current and former, the token of its run, and the server's own secrets. */
export async function withholdFor(
  sql: RawSql,
  secretKey: Buffer,
  { agentId, runId }: { agentId: string; runId: string | null },
): Promise<Withhold> {
  const { id, companyId, adapterConfig } = agents
  const [agent] = await drizzleOn(sql).select({ id, companyId, adapterConfig }).from(agents).where(eq(id, agentId))
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
