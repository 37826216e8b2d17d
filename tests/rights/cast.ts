import type { RawSql } from '@/db/client'
import { createKey, revokeKey } from '@/server/agents/keys'
import type { Role } from '@/server/domain/agent-status'
import type { CompanyId } from '@/server/domain/ids'
import { createPersonalToken } from '@/server/identity/access/personal-tokens'
import { runToken } from '@/server/identity/access/run-token'
import { createSession } from '@/server/identity/access/sessions'
import type { Credential } from '@/tests/client'
import { system } from '@/tests/engine'
import { signedInPerson } from '@/tests/people'
import { hireAgent, runThatIs, sh, wake } from '@/tests/scene'
import { type TestServer, testSecretKey } from '@/tests/server'

/** A company with an agent whose run is running and has written to its log. */
export type Tenant = { companyId: CompanyId; agentId: string; runId: string }

/** Who calls, and what there is to know about them to say beforehand how a call ends. */
export type Player = {
  name: string
  /** A new one for each call: calls may sign out. */
  credential(): Promise<Credential>
  kind: 'nobody' | 'person' | 'reveille_token' | 'agent' | 'run'
  personId: string | null
  /** In the company that is called about; null: none. */
  role: Role | null
  /** Owner everywhere, and not by a token that holds less. */
  isInstallationOwner: boolean
  hasAnySeat: boolean
  byPersonalToken: boolean
  /** Of an agent or a run: in the company that is called about. */
  isInside: boolean
}

type TokenAccess = Parameters<typeof createPersonalToken>[0]

const nothing = {
  kind: 'nobody',
  personId: null,
  role: null,
  isInstallationOwner: false,
  hasAnySeat: false,
  byPersonalToken: false,
  isInside: false,
} as const

export async function tenant(server: TestServer): Promise<Tenant> {
  const { companyId, agentId } = await hireAgent(server.client, sh('echo up; sleep 600'))
  const runId = await wake(server.client, agentId)
  await runThatIs(server.client, runId, 'running')
  return { companyId: companyId as CompanyId, agentId, runId }
}

/** Everyone of whom the table of permissions speaks, as seen from `own`. */
export async function castOf(sql: RawSql, server: TestServer, own: Tenant, other: Tenant): Promise<Player[]> {
  const secretKey = Buffer.from(testSecretKey, 'base64')
  const access = { sql, secretKey, operatorToken: server.token }
  const owner = await seatIn(sql, own, 'owner')
  await sql`insert into memberships (company_id, person_id, role) values (${other.companyId}, ${owner}, 'owner')`
  const ended = await endedRun(server, own)
  return [
    fixed('nobody', null),
    fixed('a wrong token', 'rvp_not-a-token-of-this-server'),
    fixed('a wrong session', { cookie: 'reveille_session=rvs_not-a-session' }),
    fixed('the token of a run that has ended', runToken(secretKey, ended)),
    fixed('REVEILLE_TOKEN', server.token, {
      kind: 'reveille_token',
      role: 'owner',
      isInstallationOwner: true,
      hasAnySeat: true,
    }),
    ...(await peopleOf(sql, { owner, own, other })),
    ...(await personalTokensOf(access, { owner, own, other })),
    ...(await agentKeysOf(sql, own, other)),
    fixed('a run token', runToken(secretKey, own.runId), { kind: 'run', isInside: true }),
    fixed('a run token of another company', runToken(secretKey, other.runId), { kind: 'run' }),
  ]
}

async function seatIn(sql: RawSql, { companyId }: Tenant, role: Role): Promise<string> {
  return (await signedInPerson(sql, { companyId, role })).personId
}

function fixed(name: string, given: Credential, more: Partial<Player> = {}): Player {
  return { ...nothing, name, credential: async () => given, ...more }
}

type Scene = { owner: string; own: Tenant; other: Tenant }

/** Those who are signed in with a browser. */
async function peopleOf(sql: RawSql, { owner, own, other }: Scene): Promise<Player[]> {
  const installationOwner = (await signedInPerson(sql, undefined, { isOwner: true })).personId
  const nowhere = (await signedInPerson(sql)).personId
  const browser = (name: string, personId: string, role: Role | null, more: Partial<Player> = {}): Player => {
    const credential = async () => ({ cookie: `reveille_session=${await createSession(sql, personId)}` })
    return { ...nothing, kind: 'person', name, credential, personId, role, hasAnySeat: true, ...more }
  }
  return [
    browser('a viewer', await seatIn(sql, own, 'viewer'), 'viewer'),
    browser('an operator', await seatIn(sql, own, 'operator'), 'operator'),
    browser('an owner', owner, 'owner'),
    browser('an owner of another company', await seatIn(sql, other, 'owner'), null),
    browser('a person without a seat', nowhere, null, { hasAnySeat: false }),
    browser("the installation's owner", installationOwner, 'owner', { isInstallationOwner: true }),
  ]
}

async function personalTokensOf(access: TokenAccess, { owner, own, other }: Scene): Promise<Player[]> {
  const { sql } = access
  type Given = { companyId?: CompanyId; role?: Role }
  const token = (personId: string | null, given: Given = {}) =>
    createPersonalToken(access, system, {
      personId,
      name: 'of the cast',
      companyId: given.companyId ?? null,
      role: given.role ?? null,
      expiresAt: null,
    })
  const byToken = async (name: string, given: Given, role: Role | null, personId: string | null = owner) => {
    const kind = personId ? 'person' : 'reveille_token'
    const made = await token(personId, given)
    return fixed(name, made.token, { kind, role, personId, hasAnySeat: true, byPersonalToken: true })
  }
  const expired = await token(owner)
  await sql`update personal_tokens set expires_at = now() where id = ${expired.id}`
  const revoked = await token(owner)
  await sql`update personal_tokens set revoked_at = now() where id = ${revoked.id}`
  return [
    fixed('an expired token', expired.token),
    fixed('a revoked token', revoked.token),
    await byToken("an owner's token", {}, 'owner'),
    await byToken("an owner's token for viewing", { role: 'viewer' }, 'viewer'),
    await byToken("an owner's token for another company", { companyId: other.companyId }, null),
    await byToken(
      'a token of REVEILLE_TOKEN for operating here',
      { companyId: own.companyId, role: 'operator' },
      'operator',
      null,
    ),
  ]
}

async function agentKeysOf(sql: RawSql, own: Tenant, other: Tenant): Promise<Player[]> {
  const key = ({ companyId, agentId }: Tenant) => createKey(sql, system, { companyId, agentId }, 'of the cast')
  const revoked = await key(own)
  await revokeKey(sql, system, own, revoked.id)
  return [
    fixed('a revoked agent key', revoked.token),
    fixed('an agent key', (await key(own)).token, { kind: 'agent', isInside: true }),
    fixed('an agent key of another company', (await key(other)).token, { kind: 'agent' }),
  ]
}

async function endedRun(server: TestServer, { companyId }: Tenant): Promise<string> {
  const program = { adapterType: 'process', adapterConfig: { command: 'true' } }
  const { id: agentId } = await server.client.agent.create.mutate({ companyId, name: 'Ended', ...program })
  const runId = await wake(server.client, agentId)
  await runThatIs(server.client, runId, 'succeeded')
  return runId
}
