import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { transaction } from '@/db/transaction'
import type { RunErrorCode } from '@/server/domain/run-status'
import type { Ended } from '@/server/engine/runs/ending'
import { end } from '@/server/engine/runs/transition'
import { agent, charge, clear, endingOf, runOf, silent, started, worker } from '@/tests/engine'
import { eventually } from '@/tests/eventually'
import { createProxy } from '@/tests/proxy'
import { createOutbox } from './outbox'

const database = await createTestDatabase()
const { sql } = database
const impatient = openClient(database.connection, { max: 4, applicationName: 'runner', leaseMs: 600 })
afterEach(() => clear(sql))
afterAll(async () => {
  await impatient.end()
  await database.drop()
})

async function outboxOf(isHeld = () => true, way = impatient) {
  const workerId = await worker(sql)
  const ended: Ended[] = []
  let noted = 0
  let attempts = 0
  const outbox = createOutbox({
    sql: way,
    workerId,
    write(endings) {
      attempts += 1
      return end(way, endings)
    },
    log: silent,
    isHeld,
    underWay: () => 1,
    patienceMs: () => Number.POSITIVE_INFINITY,
    onEnded: (list) => ended.push(...list),
    onNoted: () => {
      noted += 1
    },
  })
  return {
    workerId,
    outbox,
    ended,
    noted: () => noted,
    attempts: () => attempts,
    newRun: async () => started(sql, (await agent(sql)).id, workerId),
  }
}

async function messagesOf(runId: string): Promise<string[]> {
  const rows = await sql<{ message: string }[]>`
    select message from heartbeat_run_events where run_id = ${runId} order by seq`
  return rows.map(({ message }) => message)
}

const remark = (message: string) => ({ eventType: 'warning', message }) as const
const impossible = 'no_such_code' as RunErrorCode

test('what is noted before the end stands before the final event, also when it was not written yet', async () => {
  const { outbox, workerId, newRun, noted } = await outboxOf()
  const run = await newRun()
  outbox.note({ runId: run.id, events: [remark('one')], process: { pid: 7, startedTicks: '8' } })
  while (noted() === 0) await sleep(2)
  outbox.note({ runId: run.id, events: [remark('two')], process: null })
  const unwritten = outbox.takeNotes(run.id)
  await outbox.end(endingOf(run, workerId, { events: [...(unwritten?.events ?? []), remark('three')] }))
  expect(await messagesOf(run.id)).toEqual(['Queued.', 'Started.', 'one', 'two', 'three', 'Succeeded.'])
  expect(await runOf(sql, run.id)).toMatchObject({ status: 'succeeded', processPid: 7, processStartedTicks: '8' })
})

test('a report that can not be stored costs its run the report, not the outcome, and the others nothing', async () => {
  const { outbox, workerId, newRun, ended } = await outboxOf()
  const [bad, good] = [await newRun(), await newRun()]
  await Promise.all([
    outbox.end(endingOf(bad, workerId, { exitCode: 0, charges: [charge(bad, { inputTokens: 1.5 })] })),
    outbox.end(endingOf(good, workerId, { charges: [charge(good)] })),
  ])
  expect(ended.map(({ runId }) => runId).toSorted()).toEqual([bad.id, good.id].toSorted())
  expect(await runOf(sql, bad.id)).toMatchObject({ status: 'succeeded', exitCode: 0 })
  expect((await messagesOf(bad.id)).slice(-2)).toEqual(['What the program reported could not be stored.', 'Succeeded.'])
  const booked = await sql`select run_id from cost_events`
  expect(booked.map(({ runId }) => runId)).toEqual([good.id])
})

test('an outcome that can not be stored at all ends its run, and endings are written after it as ever', async () => {
  const { outbox, workerId, newRun } = await outboxOf()
  const [bad, next] = [await newRun(), await newRun()]
  await outbox.end(endingOf(bad, workerId, { status: 'failed', errorCode: impossible, error: 'x' }))
  const error = 'The outcome of the run could not be stored; the log of the server says why.'
  expect(await runOf(sql, bad.id)).toMatchObject({ status: 'failed', errorCode: 'adapter_failed', error })
  await outbox.end(endingOf(next, workerId))
  expect((await runOf(sql, next.id)).status).toBe('succeeded')
})

test('notes that can not be stored cost the notes of no other run, nor the place of the process', async () => {
  const { outbox, workerId, newRun, noted } = await outboxOf()
  const [bad, good] = [await newRun(), await newRun()]
  const event = { eventType: 'no such type' as 'warning', message: 'x' }
  outbox.note({ runId: bad.id, events: [event], process: { pid: 5, startedTicks: null } })
  outbox.note({ runId: good.id, events: [remark('kept')], process: null })
  while (noted() === 0) await sleep(2)
  expect(await runOf(sql, bad.id)).toMatchObject({ processPid: 5 })
  expect(await messagesOf(good.id)).toContain('kept')
  await outbox.end(endingOf(bad, workerId))
  expect((await runOf(sql, bad.id)).status).toBe('succeeded')
})

test('a note whose answer was lost is there once', async () => {
  const proxy = await createProxy(join(database.connection.directory, '.s.PGSQL.5432'))
  const { user, database: name } = database.connection
  const url = `postgres://${user}@${new URL(proxy.url).host}/${name}`
  const way = openClient({ kind: 'url', url }, { max: 1, applicationName: 'shaky' })
  const { outbox, workerId, newRun } = await outboxOf(() => true, way)
  const run = await newRun()
  const say = async (message: string) => {
    outbox.note({ runId: run.id, events: [remark(message)], process: null })
    while (!(await messagesOf(run.id)).includes(message)) await sleep(2)
  }
  // The first one prepares the statement, for which an answer is waited.
  await say('said first')
  proxy.deafen()
  await say('said once')
  proxy.mend()
  proxy.cut()
  await say('said next')
  await outbox.end(endingOf(run, workerId))
  expect(await messagesOf(run.id)).toEqual([
    'Queued.',
    'Started.',
    'said first',
    'said once',
    'said next',
    'Succeeded.',
  ])
  await way.end({ timeout: 1 })
  await proxy.close()
})

test('an ending that the database is too busy for is tried again, whole, until it is written', async () => {
  const { outbox, workerId, newRun, attempts } = await outboxOf()
  const run = await newRun()
  let ending: Promise<void> = Promise.resolve()
  await transaction(sql, async (tx) => {
    await tx`select from agents where id = ${run.agentId} for update`
    ending = outbox.end(endingOf(run, workerId, { exitCode: 0, charges: [charge(run)] }))
    // Twice its lock timeout, a third of the lease, has passed.
    await eventually(() => attempts() > 2, 'a third attempt')
  })
  await ending
  expect(await runOf(sql, run.id)).toMatchObject({ status: 'succeeded', exitCode: 0, errorCode: null })
  expect(await messagesOf(run.id)).toEqual(['Queued.', 'Started.', 'Succeeded.'])
  expect(await sql`select from cost_events where run_id = ${run.id}`).toHaveLength(1)
})

test('an ending that is written alone, for another was refused, is tried again whole as well', async () => {
  const { outbox, workerId, newRun, attempts } = await outboxOf()
  const [first, busy, bad] = [await newRun(), await newRun(), await newRun()]
  await sql.unsafe(`
    create function hold() returns trigger language plpgsql as $$
    begin perform pg_advisory_xact_lock(1); return null; end $$;
    create constraint trigger hold after insert on heartbeat_run_events deferrable initially deferred
      for each row when (new.run_id = '${busy.id}') execute function hold()`)
  let endings: Promise<unknown> = Promise.resolve()
  await transaction(sql, async (tx) => {
    await tx`select pg_advisory_xact_lock(1)`
    endings = Promise.all([
      outbox.end(endingOf(first, workerId)),
      // These two gather while the first is written.
      outbox.end(endingOf(busy, workerId, { exitCode: 0 })),
      outbox.end(endingOf(bad, workerId, { status: 'failed', errorCode: impossible, error: 'x' })),
    ])
    // The first, the two together, and the busy one alone for the third time.
    await eventually(() => attempts() > 4, 'a third attempt')
  })
  await endings
  await sql`drop function hold cascade`
  expect(await runOf(sql, busy.id)).toMatchObject({ status: 'succeeded', exitCode: 0, errorCode: null })
  expect(await messagesOf(busy.id)).toEqual(['Queued.', 'Started.', 'Succeeded.'])
  expect(await runOf(sql, bad.id)).toMatchObject({ status: 'failed', errorCode: 'adapter_failed' })
})

test('when the worker has lost its lease, nothing more is written, and no call waits', async () => {
  let held = true
  const { outbox, workerId, newRun } = await outboxOf(() => held)
  const run = await newRun()
  held = false
  outbox.note({ runId: run.id, events: [remark('late')], process: null })
  await outbox.end(endingOf(run, workerId))
  expect((await runOf(sql, run.id)).status).toBe('running')
  expect(await messagesOf(run.id)).toEqual(['Queued.', 'Started.'])
})
