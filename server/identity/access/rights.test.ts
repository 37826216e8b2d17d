import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { createTestClient } from '@/tests/client'
import { callProcedure, callRoute, type Ending, type Procedure, procedures } from '@/tests/rights/call'
import { castOf, type Player, type Tenant, tenant } from '@/tests/rights/cast'
import { newTarget, type Target, unknownTarget } from '@/tests/rights/targets'
import { endServers, startServer, type TestServer, urlOf } from '@/tests/server'
import { permissions, type Rule, routePermissions } from './permissions'

const database = await createTestDatabase()
const { sql } = database
const rank = { viewer: 0, operator: 1, owner: 2 } as const
let server: TestServer
/** A server whose /metrics is not open to everyone. */
let open: TestServer
let own: Tenant
let other: Tenant
let cast: Player[]
let cells = 0

beforeAll(async () => {
  const databaseUrl = urlOf(database.connection)
  // The runs of the two companies and the one that ends occupy all slots, so that the queued runs do not start.
  server = await startServer({ databaseUrl, env: { REVEILLE_MAX_RUNS: '3' } })
  open = await startServer({ databaseUrl, env: { REVEILLE_ROLE: 'web', HOST: '0.0.0.0' } })
  own = await tenant(server)
  other = await tenant(server)
  cast = await castOf(sql, server, own, other)
})
afterAll(async () => {
  console.log(`${cells} cells of the table of permissions were held against a running server`)
  await endServers()
  await database.drop()
})

/** The expected result of a call about the company `own`, from the table alone, since the gate is under test. */
function expected(rule: Rule, player: Player, about: 'company' | 'oneself' | 'installation' | 'list'): string {
  if (player.kind === 'nobody') return 'unauthenticated'
  if (player.kind === 'agent' || player.kind === 'run') {
    if (rule.agents === 'none') return 'forbidden'
    if (!player.isInside) return 'not_found'
    return rule.agents === 'this_run' && player.kind !== 'run' ? 'forbidden' : 'answered'
  }
  if (rule.people === 'none') return 'forbidden'
  if (player.byPersonalToken && rule.tokens === 'none') return 'forbidden'
  if (about === 'list') return 'answered'
  if (about === 'oneself') return player.kind === 'person' ? 'answered' : 'forbidden'
  if (about === 'installation') {
    const may = rule.people === 'viewer' ? player.hasAnySeat : player.isInstallationOwner
    return may ? 'answered' : 'forbidden'
  }
  if (player.role === null) return 'not_found'
  return rank[player.role] >= rank[rule.people] ? 'answered' : 'forbidden'
}

/** Procedures for every known caller: the answer contains only the caller's own data. */
const lists = ['company.list', 'adapter.list', 'account.get', 'token.list', 'token.create', 'token.revoke']

function aboutOf({ path, needs }: Procedure) {
  if (['companyId', 'agentId', 'runId'].some((name) => name in needs)) return 'company' as const
  if (lists.includes(path)) return 'list' as const
  return path.startsWith('account.') ? ('oneself' as const) : ('installation' as const)
}

/** The reason of a refusal; any other result that is not an error of the call or the server counts as an answer. */
function outcome({ reason }: Ending): string {
  return ['agent.paused', 'illegal_status', 'unavailable', 'in_use'].includes(reason) ? 'answered' : reason
}

/** Queries change nothing, so they may share resources, and the running run has a log. */
async function targetFor({ type }: Procedure, player: Player): Promise<Target> {
  return type === 'mutation' ? await newTarget(sql, own, player) : { ...unknownTarget(), ...own }
}

test('every procedure, called by every kind of caller, ends as the table says', async () => {
  const wrong: string[] = []
  for (const procedure of procedures) {
    const rule = permissions[procedure.path] as Rule
    for (const player of cast) {
      const target = await targetFor(procedure, player)
      const ending = await callProcedure(server.url, procedure, target, await player.credential())
      const wanted = expected(rule, player, aboutOf(procedure))
      cells++
      if (outcome(ending) !== wanted) wrong.push(`${procedure.path} as ${player.name}: ${ending.reason}, not ${wanted}`)
    }
  }
  expect(wrong).toEqual([])
})

test('a resource of another company is not found, with the same message as an unknown id', async () => {
  const wrong: string[] = []
  const bound = procedures.filter((procedure) => aboutOf(procedure) === 'company')
  const limited = cast.filter((player) => player.kind !== 'nobody' && !player.isInstallationOwner)
  const stranger = { ...(cast[0] as Player), personId: null }
  const foreign = await newTarget(sql, await companyOfNobody(), stranger)
  for (const procedure of bound) {
    for (const player of limited) {
      const credential = await player.credential()
      const [theirs, nobodys] = [
        await callProcedure(server.url, procedure, foreign, credential),
        await callProcedure(server.url, procedure, unknownTarget(), credential),
      ]
      cells += 2
      const rule = permissions[procedure.path] as Rule
      const inside = { ...player, role: null, isInside: false }
      const wanted = expected(rule, inside, 'company')
      if (theirs.reason !== wanted || theirs.body !== nobodys.body) {
        wrong.push(`${procedure.path} as ${player.name}: ${theirs.body} and ${nobodys.body}, not ${wanted}`)
      }
    }
  }
  expect(wrong).toEqual([])
})

/** A company in which no actor of these tests is a member. */
async function companyOfNobody(): Promise<Tenant> {
  const { id } = await server.client.company.create.mutate({ name: 'Elsewhere' })
  return { ...own, companyId: id as Tenant['companyId'] }
}

test('keys, members, sessions and tokens of others are not found by callers who may change their own', async () => {
  const [owner] = cast.filter(({ name }) => name === 'an owner')
  const [stranger] = cast.filter(({ name }) => name === 'a person without a seat')
  if (!owner || !stranger) throw new Error('an actor is missing')
  const mine = await newTarget(sql, own, owner)
  const theirs = await newTarget(sql, await companyOfNobody(), stranger)
  const paths = {
    'agent.revokeKey': 'keyId',
    'member.update': 'memberId',
    'member.remove': 'memberId',
    'account.endSession': 'sessionId',
    'token.revoke': 'tokenId',
    'secret.remove': 'name',
  } as const
  for (const [path, field] of Object.entries(paths)) {
    const procedure = procedures.find((each) => each.path === path)
    if (!procedure) throw new Error(`there is no ${path}`)
    const endings: Ending[] = []
    for (const child of [theirs, unknownTarget()]) {
      const target = { ...mine, [field]: child[field] }
      endings.push(await callProcedure(server.url, procedure, target, await owner.credential()))
      cells++
    }
    expect(endings.map(({ reason }) => [path, reason])).toEqual([
      [path, 'not_found'],
      [path, 'not_found'],
    ])
    expect(endings[0]?.body.replaceAll(theirs.name, 'NOWHERE')).toBe(endings[1]?.body)
  }
})

test('every plain HTTP route, called by every kind of caller, ends as the table says', async () => {
  const wrong: string[] = []
  for (const [route, rule] of Object.entries(routePermissions) as [string, Rule | null][]) {
    for (const player of cast) {
      const isWork = route.includes('wakeups')
      const target = { ...(await newTarget(sql, own, player)), ...(isWork ? {} : { runId: own.runId }) }
      const url = route === 'GET /metrics' ? open.url : server.url
      const ending = await callRoute(url, route, target, await player.credential())
      cells++
      const about = route === 'GET /metrics' ? 'installation' : 'company'
      const wanted = rule === null ? 'answered' : expected(rule, player, about)
      // Open routes check the request, not the caller.
      const isOpen = rule === null && ['invalid_input', 'not_found'].includes(ending.reason)
      if (!isOpen && outcome(ending) !== wanted) {
        wrong.push(`${route} as ${player.name}: ${ending.reason}, not ${wanted}`)
      }
    }
  }
  expect(wrong).toEqual([])
})

test("a viewer sees that a variable is set, but not its value, also with an owner's token limited to viewing", async () => {
  const program = { adapterType: 'process', adapterConfig: { command: 'true', env: { FLAVOUR: 'mint' } } }
  const agent = await server.client.agent.create.mutate({ companyId: own.companyId, name: 'Masked', ...program })
  const seen: string[] = []
  for (const player of cast.filter(({ role, kind }) => role !== null && kind !== 'nobody')) {
    const { client, close } = createTestClient(server.url, await player.credential())
    const got = await client.agent.get.query({ agentId: agent.id })
    const { items } = await client.agent.list.query({ companyId: own.companyId, limit: 200 })
    close()
    const listed = items.find(({ id }) => id === agent.id)
    const isMasked = [got, listed].map((each) => !JSON.stringify(each).includes('mint'))
    seen.push(`${player.name}: ${isMasked.map((masked) => (masked ? 'masked' : 'plain')).join(', ')}`)
    expect(isMasked).toEqual([player.role === 'viewer', player.role === 'viewer'])
  }
  expect(seen.length).toBeGreaterThan(5)
})
