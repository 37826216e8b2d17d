import type { Executor, RawSql, Tx } from '@/db/client'
import { transaction } from '@/db/transaction'
import { type By, recordActivity } from '@/server/activity/record'
import { Failure, notFound } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import type { Page } from '@/server/domain/page'
import { seal } from './seal'

export type Secret = { name: string; createdAt: Date; updatedAt: Date; usedBy: { id: string; name: string }[] }

/** Names and users, never values, by name: `after` is the last name that is known. */
export async function listSecrets(
  sql: Executor,
  companyId: CompanyId,
  { limit = 1000, after = '' }: { limit?: number; after?: string | null } = {},
): Promise<Page<Secret>> {
  const items = await sql<Secret[]>`
    select s.name, s.created_at, s.updated_at, coalesce((
      select jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name) order by a.name) from agents a
      where a.company_id = s.company_id and a.status <> 'terminated' and ${uses(sql)}), '[]') as used_by
    from company_secrets s where s.company_id = ${companyId} and s.name > ${after ?? ''}
    order by s.name limit ${limit + 1}`
  const more = items.length > limit
  return { items: items.slice(0, limit), nextCursor: more ? (items[limit - 1]?.name ?? null) : null }
}

/** Sets or replaces a value; agents that use it get the new one with their next run. */
export async function setSecret(
  sql: RawSql,
  by: By,
  secretKey: Buffer,
  secret: { companyId: CompanyId; name: string; value: string },
): Promise<{ name: string; createdAt: Date; updatedAt: Date }> {
  return await transaction(sql, async (tx) => {
    const stored = await storeSecret(tx, secretKey, secret)
    const subject = { type: 'secret', id: secret.name } as const
    await recordActivity(tx, { companyId: secret.companyId, by, action: 'secret.set', subject })
    return stored
  })
}

/** Runs that began with a value go on with it: what it was is kept, sealed, until none of them is left. */
export async function storeSecret(
  tx: Tx,
  secretKey: Buffer,
  secret: { companyId: string; name: string; value: string },
): Promise<{ name: string; createdAt: Date; updatedAt: Date }> {
  const [stored] = await tx<[{ name: string; createdAt: Date; updatedAt: Date }]>`
    with former as (
      insert into former_secrets (company_id, name, sealed_value)
      select company_id, name, sealed_value from company_secrets
      where company_id = ${secret.companyId} and name = ${secret.name}
    )
    insert into company_secrets (company_id, name, sealed_value)
    values (${secret.companyId}, ${secret.name}, ${seal(secretKey, secret, secret.value)})
    on conflict (company_id, name) do update set sealed_value = excluded.sealed_value, updated_at = now()
    returning name, created_at, updated_at`
  return stored
}

/** Errors: `in_use`, naming the agents. */
export async function removeSecret(sql: RawSql, by: By, companyId: CompanyId, name: string): Promise<{ name: string }> {
  return await transaction(sql, async (tx) => {
    const [secret] = await tx`
      select from company_secrets where company_id = ${companyId} and name = ${name} for update`
    if (!secret) throw notFound('secret')
    const users = await tx<{ name: string }[]>`
      select a.name from company_secrets s join agents a on a.company_id = s.company_id
      where s.company_id = ${companyId} and s.name = ${name} and a.status <> 'terminated' and ${uses(tx)} order by a.name`
    if (users.length > 0) {
      const names = users.map((user) => user.name).join(', ')
      throw new Failure('in_use', `The secret ${name} is used by ${names}. Take it out of their configuration first.`)
    }
    await tx`delete from company_secrets where company_id = ${companyId} and name = ${name}`
    await recordActivity(tx, { companyId, by, action: 'secret.remove', subject: { type: 'secret', id: name } })
    return { name }
  })
}

/** Whether agent `a` names secret `s` in an `env` or header value. */
function uses(sql: Executor) {
  return sql`exists (
    select from jsonb_each(coalesce(a.adapter_config -> 'env', '{}') || coalesce(a.adapter_config -> 'headers', '{}')) v
    where v.value ->> 'secret' = s.name)`
}
