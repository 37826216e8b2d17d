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
/** Where /metrics is not for everyone. */
let open: TestServer
let own: Tenant
let other: Tenant
let cast: Player[]
let cells = 0

beforeAll(async () => {
  const databaseUrl = urlOf(database.connection)
  // The runs of the two companies and the one that ends take the places: what the calls queue does not begin.
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

/** What the table says of a call about the company `own`. Said without the gate, which is what is tried. */
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

/** For everyone who is anybody: what is one's own is in the answer, or nothing is. */
const lists = ['company.list', 'adapter.list', 'account.get', 'token.list', 'token.create', 'token.revoke']

function aboutOf({ path, needs }: Procedure) {
  if (['companyId', 'agentId', 'runId'].some((name) => name in needs)) return 'company' as const
  if (lists.includes(path)) return 'list' as const
  return path.startsWith('account.') ? ('oneself' as const) : ('installation' as const)
}

/** A refusal by its reason; anything else that is not a fault of the call or of the server is an answer. */
function outcome({ reason }: Ending): string {
  return ['agent.paused', 'illegal_status', 'unavailable', 'in_use'].includes(reason) ? 'answered' : reason
}

/** A query changes nothing: it may ask for what others ask for, and the run that is running has a log. */
async function targetFor({ type }: Procedure, player: Player): Promise<Target> {
  return type === 'mutation' ? await newTarget(sql, own, player) : { ...unknownTarget(), ...own }
}

test('every procedure, as everyone, ends as the table says', async () => {
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

test('what another company has is not found, in the same words as what nobody has', async () => {
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

/** One in which nobody of the cast has a seat. */
async function companyOfNobody(): Promise<Tenant> {
  const { id } = await server.client.company.create.mutate({ name: 'Elsewhere' })
  return { ...own, companyId: id as Tenant['companyId'] }
}

test('a key, a member, a session and a token of others are not found by who may change their own', async () => {
  const [owner] = cast.filter(({ name }) => name === 'an owner')
  const [stranger] = cast.filter(({ name }) => name === 'a person without a seat')
  if (!owner || !stranger) throw new Error('the cast is not whole')
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

test('every plain HTTP route, as everyone, ends as the table says', async () => {
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
      // What is open to everyone looks at what is sent, and not at who sends it.
      const isOpen = rule === null && ['invalid_input', 'not_found'].includes(ending.reason)
      if (!isOpen && outcome(ending) !== wanted) {
        wrong.push(`${route} as ${player.name}: ${ending.reason}, not ${wanted}`)
      }
    }
  }
  expect(wrong).toEqual([])
})

test('a viewer sees that a variable is set and not what it is, also by a token that holds an owner down to viewing', async () => {
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
