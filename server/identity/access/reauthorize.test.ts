import { afterAll, afterEach, expect, test } from 'vitest'
import type { Executor } from '@/db/client'
import { createTestDatabase } from '@/db/testing/database'
import type { ApiError } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { company, secretKey, silent } from '@/tests/engine'
import { eventually } from '@/tests/eventually'
import { signedInPerson } from '@/tests/people'
import { authenticate, sessionCookie } from './authenticate'
import { permissions } from './permissions'
import { createReauthorizer } from './reauthorize'

const database = await createTestDatabase()
const { sql } = database
const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})
afterAll(() => database.drop())

async function startReauthorizer() {
  const reauthorizer = createReauthorizer({ sql, log: silent, everyMs: 20 })
  stops.push(() => reauthorizer.stop())
  await reauthorizer.start()
  return reauthorizer
}

type Viewer = Awaited<ReturnType<typeof viewerOf>>

async function viewerOf(companyId: CompanyId) {
  const signedIn = await signedInPerson(sql, { companyId, role: 'viewer' })
  return { ...signedIn, companyId, lookups: 0, refusals: [] as ApiError[] }
}

/** A stream that a viewer, or only an operator, may read. */
function streamOf(viewer: Viewer, procedure: 'live.onEvent' | 'secret.set' = 'live.onEvent') {
  const rule = permissions[procedure]
  if (!rule) throw new Error(`${procedure} has no permission`)
  return {
    async authenticate(tx: Executor) {
      viewer.lookups += 1
      const session = viewer.cookie.slice(sessionCookie.length + 1)
      const actor = await authenticate({ sql: tx, secretKey, operatorToken: undefined }, { bearer: null, session })
      return actor ?? Promise.reject(new Error('in these tests a session exists or is refused'))
    },
    rule,
    reached: [{ noun: 'company', companyId: viewer.companyId }] as const,
    onRefused: (failure: ApiError) => void viewer.refusals.push(failure),
  }
}

test('a credential with many streams is looked up once per tick, one without streams never', async () => {
  const companyId = await company(sql)
  const [busy, quiet] = [await viewerOf(companyId), await viewerOf(companyId)]
  const reauthorizer = await startReauthorizer()
  const leaves = Array.from({ length: 50 }, () => reauthorizer.watch('busy', streamOf(busy)))
  reauthorizer.watch('quiet', streamOf(quiet))
  await eventually(() => quiet.lookups >= 3, 'three ticks')
  expect(Math.abs(busy.lookups - quiet.lookups)).toBeLessThanOrEqual(1)
  for (const leave of leaves) leave()
  const seen = quiet.lookups
  await eventually(() => quiet.lookups >= seen + 2, 'two more ticks')
  const left = busy.lookups
  const later = quiet.lookups
  await eventually(() => quiet.lookups >= later + 2, 'two more ticks')
  expect(busy.lookups).toBe(left)
})

test('many credentials share a transaction', async () => {
  const companyId = await company(sql)
  const viewers = await Promise.all(Array.from({ length: 120 }, () => viewerOf(companyId)))
  const reauthorizer = await startReauthorizer()
  const transactions = new Set<string>()
  for (const [at, viewer] of viewers.entries()) {
    const stream = streamOf(viewer)
    const authenticateIn = async (tx: Executor) => {
      const [{ now }] = await tx<[{ now: string }]>`select now()::text || pg_backend_pid() as now`
      transactions.add(now)
      return await stream.authenticate(tx)
    }
    reauthorizer.watch(`viewer ${at}`, { ...stream, authenticate: authenticateIn })
  }
  await eventually(() => viewers.every(({ lookups }) => lookups >= 1), 'a lookup of each')
  const lookups = viewers.reduce((sum, viewer) => sum + viewer.lookups, 0)
  expect(lookups / transactions.size).toBeGreaterThan(20)
})

test('only streams that a changed right covers are refused, each with the reason', async () => {
  const companyId = await company(sql)
  const [removed, demoted, kept] = [await viewerOf(companyId), await viewerOf(companyId), await viewerOf(companyId)]
  await sql`update memberships set role = 'operator' where person_id = ${demoted.personId}`
  const reauthorizer = await startReauthorizer()
  reauthorizer.watch('removed', streamOf(removed))
  reauthorizer.watch('removed', streamOf(removed))
  reauthorizer.watch('demoted', streamOf(demoted))
  reauthorizer.watch('demoted', streamOf(demoted, 'secret.set'))
  reauthorizer.watch('kept', streamOf(kept))
  await sql`delete from memberships where person_id = ${removed.personId}`
  await sql`update memberships set role = 'viewer' where person_id = ${demoted.personId}`
  await eventually(() => removed.refusals.length >= 2 && demoted.refusals.length >= 1, 'the refusals')
  const seen = kept.lookups
  await eventually(() => kept.lookups > seen + 2, 'more ticks')
  expect(new Set(removed.refusals.map(({ reason }) => reason))).toEqual(new Set(['not_found']))
  expect(new Set(demoted.refusals.map(({ reason }) => reason))).toEqual(new Set(['forbidden']))
  expect(kept.refusals).toEqual([])
})
