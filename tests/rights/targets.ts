import type { RawSql } from '@/db/client'
import { createKey } from '@/server/agents/keys'
import { createPersonalToken } from '@/server/identity/access/personal-tokens'
import { createSession } from '@/server/identity/access/sessions'
import { setSecret } from '@/server/secrets/secrets'
import { agent, secretKey, system, wake } from '@/tests/engine'
import { signedInPerson } from '@/tests/people'
import type { Player, Tenant } from './cast'

/** The ids of everything that a call may name. */
export type Target = Tenant & {
  keyId: string
  memberId: string
  tokenId: string
  sessionId: string
  deliveryId: string
  /** Of a secret. */
  name: string
}

/** Something new of everything, for a call that may change or remove it; agents have only themselves. */
export async function newTarget(sql: RawSql, at: Tenant, by: Player): Promise<Target> {
  const { companyId } = at
  const isAgent = by.kind === 'agent' || by.kind === 'run'
  const whose = isAgent ? at : await newWork(sql, at)
  const { personId } = await signedInPerson(sql, { companyId, role: 'viewer' })
  const [member] = await sql<[{ id: string }]>`select id from memberships where person_id = ${personId}`
  const name = `SECRET_${crypto.randomUUID().slice(0, 8)}`
  await setSecret(sql, system, secretKey, { companyId, name, value: 'x' })
  return {
    ...whose,
    keyId: (await createKey(sql, system, whose, 'a key')).id,
    memberId: member.id,
    tokenId: await newToken(sql, by.personId ?? personId),
    sessionId: await newSession(sql, by.personId ?? personId),
    deliveryId: await newDelivery(sql, companyId),
    name,
  }
}

export function unknownTarget(): Target {
  const id = () => crypto.randomUUID()
  return {
    companyId: id() as Tenant['companyId'],
    agentId: id(),
    runId: id(),
    keyId: id(),
    memberId: id(),
    tokenId: id(),
    sessionId: id(),
    deliveryId: id(),
    name: 'NOWHERE',
  }
}

async function newWork(sql: RawSql, { companyId }: Tenant): Promise<Tenant> {
  const { id: agentId } = await agent(sql, {}, { companyId })
  const { run } = await wake(sql, agentId)
  if (!run) throw new Error('the wakeup made no run')
  return { companyId, agentId, runId: run.id }
}

async function newToken(sql: RawSql, personId: string): Promise<string> {
  const whole = { companyId: null, role: null, expiresAt: null }
  const access = { sql, secretKey, operatorToken: undefined }
  return (await createPersonalToken(access, system, { personId, name: 'a token', ...whole })).id
}

async function newSession(sql: RawSql, personId: string): Promise<string> {
  await createSession(sql, personId)
  const [session] = await sql<[{ id: string }]>`
    select id from sessions where person_id = ${personId} order by created_at desc limit 1`
  return session.id
}

/** One that has ended. */
async function newDelivery(sql: RawSql, companyId: string): Promise<string> {
  const [delivery] = await sql<[{ id: string }]>`
    with n as (
      insert into notifications (company_id, kind, dedupe_key, title, message, to_browser)
      values (${companyId}, 'test', ${crypto.randomUUID()}, 'A test', 'It arrives.', false) returning id
    )
    insert into notification_deliveries (company_id, notification_id, url, status, finished_at)
    select ${companyId}, id, 'http://127.0.0.1:9/', 'failed', now() from n returning id`
  return delivery.id
}
