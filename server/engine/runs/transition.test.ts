import { afterAll, afterEach, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { pauseAgent } from '@/server/agents/status'
import {
  agent,
  agentOf,
  charge,
  claimOne,
  clear,
  endingOf,
  ends,
  failed,
  report,
  runOf,
  started,
  system,
  wake,
  worker,
} from '@/tests/engine'
import { cancel } from './cancel'
import { note } from './events'
import { end } from './transition'

const database = await createTestDatabase()
const { sql } = database
const crowd = openClient(database.connection, { max: 12, applicationName: 'crowd' })
afterEach(() => clear(sql))
afterAll(async () => {
  await crowd.end()
  await database.drop()
})

async function stateOf(agentId: string) {
  const [row] = await sql<Record<string, unknown>[]>`select * from agent_runtime_state where agent_id = ${agentId}`
  return row
}

async function eventsOf(runId: string) {
  return await sql<{ seq: number; eventType: string; message: string; payload: Record<string, unknown> | null }[]>`
    select seq, event_type, message, payload from heartbeat_run_events where run_id = ${runId} order by seq`
}

test('an ending changes all rows at once', async () => {
  const { id } = await agent(sql)
  const workerId = await worker(sql)
  const { wakeup } = await wake(sql, id)
  const run = await claimOne(sql, workerId)
  await sql`truncate live_events`
  const log = { ref: run.id, bytes: 5, sha256: 'ab', truncatedBytes: 2, stdoutExcerpt: 'hello' }
  const more = { exitCode: 0, survivorsKilled: 1, process: { pid: 7, startedTicks: '9' }, log }
  const usage = { inputTokens: 3, outputTokens: 0, cachedInputTokens: 0 }
  const { report: said } = report({ summary: 'Done.', result: { n: 1 }, usage, sessionId: 's-9' })
  expect(await ends(sql, run, workerId, { ...more, report: said })).toEqual([
    { runId: run.id, agentId: id, status: 'succeeded', retryRunId: null },
  ])

  const row = await runOf(sql, run.id)
  expect(row).toMatchObject({ status: 'succeeded', slot: null, exitCode: 0, survivorsKilled: 1, processPid: 7 })
  expect(row).toMatchObject({ logRef: run.id, logBytes: 5, logSha256: 'ab', logTruncatedBytes: 2 })
  expect(row).toMatchObject({ stdoutExcerpt: 'hello', usageJson: usage, sessionIdAfter: 's-9', error: null })
  expect(row.resultJson).toEqual({ summary: 'Done.', result: { n: 1 } })
  expect(row.finishedAt?.getTime()).toBeGreaterThanOrEqual(row.startedAt?.getTime() ?? Number.POSITIVE_INFINITY)
  expect((await eventsOf(run.id)).at(-1)).toEqual({
    seq: 3,
    eventType: 'lifecycle',
    message: 'Succeeded.',
    payload: { status: 'succeeded', exitCode: 0, signal: null, survivorsKilled: 1 },
  })
  const [stored] = await sql`select * from agent_wakeup_requests where id = ${wakeup.id}`
  expect(stored).toMatchObject({ status: 'completed', runId: run.id, finishedAt: expect.any(Date) })
  expect(await stateOf(id)).toMatchObject({ sessionId: 's-9', lastRunId: run.id, lastRunStatus: 'succeeded' })
  expect(await agentOf(sql, id)).toMatchObject({ status: 'idle', lastRunFinishedAt: expect.any(Date) })
  const told = await sql`select type, payload ->> 'agentId' as agent_id from live_events order by type`
  expect(told.map(({ agentId }) => agentId)).toEqual(Array(told.length).fill(id))
  expect(told.map(({ type }) => type)).toEqual([
    'agent.status',
    'heartbeat.run.event',
    'heartbeat.run.status',
    'wakeup.status',
  ])
})

test.each([
  ['succeeded', 'completed', 'idle', null],
  ['failed', 'failed', 'error', 'nonzero_exit'],
  ['timed_out', 'timed_out', 'error', 'timeout'],
  ['cancelled', 'cancelled', 'idle', 'cancelled'],
] as const)(
  'a run that ends %s leaves its wakeup %s and its agent %s',
  async (status, wakeup, agentStatus, errorCode) => {
    const { id } = await agent(sql)
    const workerId = await worker(sql)
    const run = await started(sql, id, workerId)
    await ends(sql, run, workerId, { status, errorCode, error: errorCode && 'Why.' })
    expect(await runOf(sql, run.id)).toMatchObject({ status, errorCode })
    const [stored] = await sql`select status from agent_wakeup_requests where agent_id = ${id}`
    expect([stored?.status, (await agentOf(sql, id)).status]).toEqual([wakeup, agentStatus])
    expect(await stateOf(id)).toMatchObject({ lastRunStatus: status, lastError: errorCode && 'Why.' })
  },
)

test('a worker that does not hold the run writes nothing: not the run, not its charges, not its notes', async () => {
  const { id } = await agent(sql)
  const [holder, stranger] = [await worker(sql), await worker(sql)]
  const run = await started(sql, id, holder)
  const before = await runOf(sql, run.id)
  for (const workerId of [stranger, null]) {
    expect(
      await ends(sql, run, workerId ?? '', { workerId, charges: [charge(run)], ...report({ sessionId: 'x' }) }),
    ).toEqual([])
  }
  await note(sql, stranger, [{ runId: run.id, events: [{ eventType: 'warning', message: 'x' }], process: null }])
  expect(await runOf(sql, run.id)).toEqual(before)
  expect(await sql`select from cost_events`).toHaveLength(0)
  expect(await eventsOf(run.id)).toHaveLength(2)
  expect(await stateOf(id)).toMatchObject({ sessionId: null, totalCostMicros: 0 })
})

test('a final status never changes, nor other rows of the run', async () => {
  const { id } = await agent(sql)
  const workerId = await worker(sql)
  const run = await started(sql, id, workerId)
  await ends(sql, run, workerId, { charges: [charge(run)] })
  const before = [await runOf(sql, run.id), await stateOf(id), await agentOf(sql, id), await eventsOf(run.id)]
  expect(await ends(sql, run, workerId, { ...failed(), charges: [charge(run, { idempotencyKey: 'again' })] })).toEqual(
    [],
  )
  expect(await ends(sql, run, workerId, { workerId: null, status: 'cancelled', errorCode: 'cancelled' })).toEqual([])
  await note(sql, workerId, [{ runId: run.id, events: [{ eventType: 'warning', message: 'late' }], process: null }])
  await cancel(sql, run.id, 'too late')
  expect([await runOf(sql, run.id), await stateOf(id), await agentOf(sql, id), await eventsOf(run.id)]).toEqual(before)
  expect(await sql`select from cost_events`).toHaveLength(1)
})

test('of two endings at once exactly one is written, and a success stays a success', async () => {
  const workerId = await worker(sql)
  for (let round = 0; round < 20; round++) {
    const { id } = await agent(sql)
    const run = await started(sql, id, workerId)
    const answers = await Promise.all([
      ends(crowd, run, workerId, { charges: [charge(run)], ...report({ sessionId: 'won' }) }),
      ends(crowd, run, workerId, failed()),
    ])
    expect(answers.flat()).toHaveLength(1)
    const isSuccess = answers[0].length === 1
    expect((await runOf(sql, run.id)).status).toBe(isSuccess ? 'succeeded' : 'failed')
    expect((await eventsOf(run.id)).map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect(await stateOf(id)).toMatchObject({
      sessionId: isSuccess ? 'won' : null,
      totalCostMicros: isSuccess ? 4000 : 0,
    })
  }
})

test('two runs of one agent that end at once leave it idle, and the first of two leaves it running', async () => {
  const { id } = await agent(sql, { maxConcurrentRuns: 2 })
  const workerId = await worker(sql)
  for (let round = 0; round < 15; round++) {
    const runs = [await started(sql, id, workerId), await started(sql, id, workerId)]
    await Promise.all(runs.map((run) => ends(crowd, run, workerId)))
    expect((await agentOf(sql, id)).status).toBe('idle')
  }
  const [one, two] = [await started(sql, id, workerId), await started(sql, id, workerId)]
  await ends(sql, one, workerId, failed())
  expect((await agentOf(sql, id)).status).toBe('running')
  expect(await end(sql, [endingOf(two, workerId)])).toHaveLength(1)
  expect((await agentOf(sql, id)).status).toBe('idle')
})

test('several endings of one agent in one call are all written', async () => {
  const { id } = await agent(sql, { maxConcurrentRuns: 3 })
  const workerId = await worker(sql)
  const runs = []
  for (let n = 0; n < 3; n++) runs.push(await started(sql, id, workerId))
  const ended = await end(
    sql,
    runs.map((run) => endingOf(run, workerId, { charges: [charge(run)] })),
  )
  expect(ended.map(({ runId }) => runId).toSorted()).toEqual(runs.map((run) => run.id).toSorted())
  expect(await stateOf(id)).toMatchObject({ totalCostMicros: 12_000 })
  expect((await agentOf(sql, id)).status).toBe('idle')
})

test('an agent paused during its run stays paused when the run ends', async () => {
  const { id } = await agent(sql)
  const workerId = await worker(sql)
  const run = await started(sql, id, workerId)
  await pauseAgent(sql, system, id)
  await ends(sql, run, workerId, { status: 'cancelled', errorCode: 'cancelled', error: 'x' })
  expect((await agentOf(sql, id)).status).toBe('paused')
})

test('events are numbered without gap or repeat when notes, a cancel and the end are written at once', async () => {
  const workerId = await worker(sql)
  for (let round = 0; round < 8; round++) {
    const { id } = await agent(sql)
    const run = await started(sql, id, workerId)
    const noted = (n: number) => ({
      runId: run.id,
      events: Array.from({ length: 3 }, () => ({ eventType: 'warning', message: `note ${n}` }) as const),
      process: null,
    })
    await Promise.all([
      ...Array.from({ length: 8 }, (_, n) => note(crowd, workerId, [noted(n)])),
      cancel(crowd, run.id, 'stop'),
      ends(crowd, run, workerId, { events: [{ eventType: 'warning', message: 'last words' }] }),
    ])
    const events = await eventsOf(run.id)
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, n) => n + 1))
    expect((await runOf(sql, run.id)).lastEventSeq).toBe(events.length)
    expect(events.at(-1)?.payload?.status).toBe('succeeded')
    expect(events.at(-2)?.message).toBe('last words')
  }
})

test('NUL and lone surrogates in the output of a program do not keep its run from ending', async () => {
  const { id } = await agent(sql)
  const workerId = await worker(sql)
  const bad = 'a\u0000b\udc00'
  const good = 'a\ufffdb\ufffd'
  const run = await started(sql, id, workerId)
  // An unknown shape: keys are text too.
  const payload = { [bad]: bad } as unknown as { sessionId: string }
  await note(sql, workerId, [
    { runId: run.id, events: [{ eventType: 'warning', message: bad, payload }], process: null },
  ])
  const log = { ref: run.id, bytes: 1, sha256: 'x', truncatedBytes: 0, stdoutExcerpt: bad }
  const tokens = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 1 }
  const models = [{ provider: bad, model: bad, usage: null, costUsd: null }]
  const usage = { ...tokens, sessionTotal: { ...tokens, models } }
  const said = report({ summary: bad, result: { [bad]: [bad] }, usage, sessionId: bad })
  const ended = await ends(sql, run, workerId, {
    ...said,
    log,
    error: bad,
    charges: [charge(run, { provider: bad, model: bad, idempotencyKey: bad })],
    events: [{ eventType: 'warning', message: bad, payload: { sessionId: bad } }],
  })
  expect(ended).toHaveLength(1)
  const row = await runOf(sql, run.id)
  expect(row).toMatchObject({ error: good, stdoutExcerpt: good, sessionIdAfter: good })
  expect(row.usageJson).toMatchObject({ sessionTotal: { models: [{ model: good }] } })
  expect(row.resultJson).toEqual({ summary: good, result: { [good]: [good] } })
  expect((await eventsOf(run.id)).map(({ message }) => message)).toEqual(['Queued.', 'Started.', good, good, good])
  const [event] = await sql`select provider, model from cost_events`
  expect(event).toEqual({ provider: good, model: good })
})
