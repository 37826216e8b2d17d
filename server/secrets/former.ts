import type { Executor } from '@/db/client'
import { secretEntries, secretNameOf } from './references'
import { unseal } from './seal'

/**
 * A run may have begun with a value though it was replaced before: the time of that is when its transaction began, which
 * was over later. Longer than any transaction takes.
 */
const marginMs = 60_000

/** What the secrets of a configuration were before, as far as a run of this agent that is running may have begun with it. */
export async function formerValues(
  sql: Executor,
  secretKey: Buffer,
  agent: { id: string; companyId: string; adapterConfig: Record<string, unknown> },
): Promise<string[]> {
  const { companyId } = agent
  const names = secretEntries(agent.adapterConfig).flatMap((entry) => secretNameOf(entry.value) ?? [])
  if (names.length === 0) return []
  const rows = await sql<{ name: string; sealedValue: string }[]>`
    select name, sealed_value from former_secrets f where company_id = ${companyId} and name = any(${names})
      and exists (select from heartbeat_runs r
        where r.agent_id = ${agent.id} and r.status = 'running'
          and r.started_at < f.replaced_at + ${marginMs} * interval '1 millisecond')`
  return rows.map(({ name, sealedValue }) => unseal(secretKey, { companyId, name }, sealedValue))
}

/** Forgets values that no run began with any more, nor is just beginning with, so many at most. Answers how many. */
export async function forgetFormer(sql: Executor, limit: number): Promise<number> {
  const { count } = await sql`
    delete from former_secrets where id in (
      select id from former_secrets f where replaced_at < now() - ${marginMs} * interval '1 millisecond'
        and not exists (select from heartbeat_runs r
          where r.company_id = f.company_id and r.status = 'running'
            and r.started_at < f.replaced_at + ${marginMs} * interval '1 millisecond')
      limit ${limit} for update skip locked)`
  return count
}
