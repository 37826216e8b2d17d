import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { createAgent } from '@/server/agents/write'
import type { CompanyId } from '@/server/domain/ids'
import { company, ends, failed, secretKey, started, system, wake, worker } from '@/tests/engine'
import { listRuns, type RunFilter } from './list'
import { neighboursOf } from './queries'

const database = await createTestDatabase()
const { sql } = database
afterAll(() => database.drop())

async function hire(companyId: CompanyId, name: string): Promise<string> {
  const { id } = await createAgent(sql, system, secretKey, {
    companyId,
    name,
    adapterType: 'process',
    adapterConfig: { command: 'true' },
  })
  return id
}

/** Three runs: a failed and a queued one of Ada, and one of Bob_1 that succeeded. */
async function scene() {
  const companyId = await company(sql)
  const server = await worker(sql)
  const ada = await hire(companyId, 'Ada')
  const bob = await hire(companyId, 'Bob_1')
  const broken = await started(sql, ada, server)
  await ends(sql, broken, server, failed('spawn /opt/agents/ada.sh ENOENT (exit code 127)'))
  const well = await started(sql, bob, server)
  await ends(sql, well, server)
  const waiting = (await wake(sql, ada, { source: 'assignment' })).run?.id ?? ''
  const list = async (filter: Partial<RunFilter>) =>
    (await listRuns(sql, { companyId, limit: 50, ...filter })).items.map((run) => run.id)
  return { companyId, ada, bob, broken: broken.id, well: well.id, waiting, list }
}

test('runs are listed newest first, with the name of their agent', async () => {
  const { companyId, waiting, well, broken } = await scene()
  const { items } = await listRuns(sql, { companyId, limit: 50 })
  expect(items.map((run) => [run.id, run.agentName])).toEqual([
    [waiting, 'Ada'],
    [well, 'Bob_1'],
    [broken, 'Ada'],
  ])
})

test('a text finds runs by words of the error, by the agent, and by the id or its end', async () => {
  const { list, broken, well, waiting } = await scene()
  expect(await list({ text: 'enoent' })).toEqual([broken])
  expect(await list({ text: '/opt/agents/ada' })).toEqual([broken])
  expect(await list({ text: 'exit code 12' })).toEqual([broken])
  expect(await list({ text: 'code 13' })).toEqual([])
  expect(await list({ text: 'bob' })).toEqual([well])
  expect(await list({ text: 'b_1' })).toEqual([well])
  expect(await list({ text: 'b%1' })).toEqual([])
  expect(await list({ text: waiting })).toEqual([waiting])
  expect(await list({ text: well.slice(-6) })).toEqual([well])
  expect(await list({ text: "it's & | ! :* \0" })).toEqual([])
})

test('filters apply to a text search', async () => {
  const { list, broken, waiting } = await scene()
  expect(await list({ text: 'ada' })).toEqual([waiting, broken])
  expect(await list({ text: 'ada', status: 'failed' })).toEqual([broken])
  expect(await list({ text: 'ada', source: 'assignment' })).toEqual([waiting])
  expect(await list({ source: 'timer' })).toEqual([])
})

test('a text search has pages like other lists', async () => {
  const { companyId, waiting, broken } = await scene()
  const first = await listRuns(sql, { companyId, limit: 1, text: 'ada' })
  expect(first.items.map((run) => run.id)).toEqual([waiting])
  const cursor = { at: first.items[0]?.createdAt ?? new Date(0), id: waiting }
  const second = await listRuns(sql, { companyId, limit: 1, text: 'ada', cursor })
  expect(second).toMatchObject({ items: [{ id: broken }], nextCursor: null })
})

test('another company’s runs are not found', async () => {
  const { broken } = await scene()
  const { list } = await scene()
  expect(await list({ text: broken })).toEqual([])
  expect(await list({ text: broken.slice(-6) })).toEqual([])
})

test('the neighbours of a run are runs of the same agent', async () => {
  const { broken, waiting } = await scene()
  expect(await neighboursOf(sql, waiting)).toEqual({ previousRunId: broken, nextRunId: null })
  expect(await neighboursOf(sql, broken)).toEqual({ previousRunId: null, nextRunId: waiting })
})
