import { createHmac } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { prepared } from '@/db/drizzle'
import { agents } from '@/db/schema'
import { runToken } from '@/server/identity/access/run-token'
import { formerValues } from './former'
import { createRedactor } from './redact'
import { resolveSecrets } from './resolve'
import { serverSecrets } from './server-secrets'

/** Redacts an agent's secrets in a charge or wakeup that it sends. */
export type AgentRedactor = {
  <T>(value: T): T
  /** A key that contains a secret becomes its digest, so that different keys stay different. */
  key<T extends string | null | undefined>(key: T): T | string
}

const findAgent = prepared(['agentId'], (db, { agentId }) => {
  const { id, companyId, adapterConfig } = agents
  return db.select({ id, companyId, adapterConfig }).from(agents).where(eq(id, agentId))
})

/** Covers the current and former secrets of the agent's configuration, the token of its run, and the server's own secrets. */
export async function createAgentRedactor(
  sql: RawSql,
  secretKey: Buffer,
  { agentId, runId }: { agentId: string; runId: string | null },
): Promise<AgentRedactor> {
  const [agent] = await findAgent(sql, { agentId })
  const resolved = agent && (await resolveSecrets(sql, secretKey, agent.companyId, agent.adapterConfig))
  const former = agent ? await formerValues(sql, secretKey, agent) : []
  const redactor = createRedactor([
    ...former,
    ...(resolved?.values ?? []),
    ...(runId ? [runToken(secretKey, runId)] : []),
    ...serverSecrets(secretKey),
  ])
  const redact = <T>(value: T): T => (redactor ? redactor.value(value) : value)
  return Object.assign(redact, {
    key<T extends string | null | undefined>(key: T): T | string {
      if (typeof key !== 'string' || redact<string>(key) === key) return key
      return `redacted ${createHmac('sha256', secretKey).update(key).digest('base64url')}`
    },
  })
}
