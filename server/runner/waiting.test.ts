import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { cancel } from '@/server/engine/runs/cancel'
import { requestIn, type WakeupAnswer } from '@/server/engine/wakeups/request'
import { agent, clear, localRunner, runOf, system, wake } from '@/tests/engine'
import { eventually } from '@/tests/eventually'
import { startRunner } from '@/tests/runner'

const database = await createTestDatabase()
const { sql } = database
const way = openClient(database.connection, { max: 3, applicationName: 'runner' })
const dataDir = mkdtempSync(join(tmpdir(), 'reveille-waiting-'))
const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
  await clear(sql)
})
afterAll(async () => {
  await way.end()
  rmSync(dataDir, { recursive: true, force: true })
  await database.drop()
})

async function runnerOf(maxRuns: number) {
  const made = await startRunner(sql, database.connection, { dataDir, maxRuns, way })
  undo.push(made.stop)
  return made
}

type Made = Awaited<ReturnType<typeof runnerOf>>

/** A wakeup whose run is claimed with it for this runner, and handed over. */
async function wakeBeside({ lease, runner }: Made, script: string): Promise<string> {
  const { id } = await agent(sql, { retryOnRunnerLost: 0 }, { script })
  const beside = localRunner(lease.workerId() ?? '')
  const { run } = await wake(sql, id, {}, beside)
  expect(run?.status).toBe('running')
  for (const claimed of beside.accepted) runner.accept(lease.workerId() ?? '', claimed)
  return run?.id ?? ''
}

/** Further statements of a runner: one that has nothing to do looks for its runs in the table, once a second. */
async function statements(count: number) {
  const newest = async () => {
    const [row] = await sql<[{ at: Date | null }]>`
      select max(query_start) as at from pg_stat_activity
      where datname = current_database() and application_name = 'runner'`
    return Number(row.at)
  }
  for (let n = 0; n < count; n++) {
    const before = await newest()
    await eventually(async () => (await newest()) > before, 'a statement of the runner')
  }
}

async function ended(runId: string) {
  return await eventually(async () => {
    const run = await runOf(sql, runId)
    return run.finishedAt && run
  }, 'it has ended')
}

function filesOf(name: string) {
  const folder = mkdtempSync(join(dataDir, `${name}-`))
  return { gate: join(folder, 'gate'), lines: join(folder, 'lines') }
}

const linesIn = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [])

test('what is claimed for a full runner waits for a slot: never more programs than it may run', async () => {
  const made = await runnerOf(2)
  const { gate, lines } = filesOf('full')
  const script = `echo start >> ${lines}; until [ -e ${gate} ]; do sleep 0.02; done; echo end >> ${lines}`
  const runs = []
  for (let n = 0; n < 5; n++) runs.push(await wakeBeside(made, script))
  await eventually(() => linesIn(lines).length === 2, 'two have started')
  // At most two write what has started; the others find all five in the table, and start no more.
  await statements(4)
  expect(linesIn(lines)).toEqual(['start', 'start'])
  writeFileSync(gate, '')
  for (const runId of runs) expect(await ended(runId)).toMatchObject({ status: 'succeeded' })
  let alive = 0
  for (const line of linesIn(lines)) {
    alive += line === 'start' ? 1 : -1
    expect(alive).toBeLessThanOrEqual(2)
  }
})

test('one that waits is cancelled without being started', async () => {
  const made = await runnerOf(1)
  const { gate, lines } = filesOf('cancel')
  const first = await wakeBeside(made, `until [ -e ${gate} ]; do sleep 0.02; done; echo first >> ${lines}`)
  const second = await wakeBeside(made, `echo second >> ${lines}`)
  await cancel(sql, second, 'not needed')
  made.notifier.notify('cancels')
  expect(await ended(second)).toMatchObject({ status: 'cancelled', error: 'not needed', processPid: null })
  writeFileSync(gate, '')
  await ended(first)
  expect(linesIn(lines)).toEqual(['first'])
})

test('a runner that drains starts what waits while there is time, and queues again what is left', async () => {
  const made = await runnerOf(1)
  const { gate, lines } = filesOf('drain')
  const first = await wakeBeside(made, `until [ -e ${gate} ]; do sleep 0.02; done; echo first >> ${lines}`)
  const second = await wakeBeside(made, `echo second >> ${lines}; sleep 300`)
  const third = await wakeBeside(made, `echo third >> ${lines}`)
  const left = made.runner.drain(3000)
  writeFileSync(gate, '')
  await left
  expect(linesIn(lines)).toEqual(['first', 'second'])
  expect(await runOf(sql, first)).toMatchObject({ status: 'succeeded' })
  for (const runId of [second, third]) {
    expect(await runOf(sql, runId)).toMatchObject({ status: 'failed', errorCode: 'server_stopped' })
  }
  const retries = await sql`select retry_of_run_id from heartbeat_runs where status = 'queued'`
  expect(retries.map(({ retryOfRunId }) => retryOfRunId).toSorted()).toEqual([second, third].toSorted())
})

test('a run that has ended is not started again by who tells of it late', async () => {
  const made = await runnerOf(2)
  const { lines } = filesOf('late')
  const runId = await wakeBeside(made, `echo run >> ${lines}`)
  const { agentId, companyId } = await ended(runId)
  for (let n = 0; n < 3; n++) made.runner.accept(made.lease.workerId() ?? '', { id: runId, agentId, companyId })
  const next = await wakeBeside(made, 'true')
  await ended(next)
  expect(linesIn(lines)).toEqual(['run'])
})

test('a run whose ending can not be written is not carried out again by the same worker', async () => {
  const made = await runnerOf(2)
  const { lines } = filesOf('unwritten')
  await sql.unsafe(`
    create function refuse() returns trigger language plpgsql as $$
    begin raise 'refused' using errcode = '22000'; end $$;
    create trigger refuse before update on heartbeat_runs for each row when (new.finished_at is not null)
      execute function refuse()`)
  undo.push(() => sql`drop function if exists refuse cascade`)
  const runId = await wakeBeside(made, `echo run >> ${lines}`)
  await eventually(() => linesIn(lines).length === 1, 'it has run')
  const other = filesOf('found')
  const { id } = await agent(sql, { retryOnRunnerLost: 0 }, { script: `echo run >> ${other.lines}` })
  await wake(sql, id, {}, localRunner(made.lease.workerId() ?? ''))
  await eventually(() => linesIn(other.lines).length === 1, 'a run is started that was not handed over, but found')
  expect(linesIn(lines)).toEqual(['run'])
  expect((await runOf(sql, runId)).status).toBe('running')
})

test('a run that can not be read ends by itself, and holds up no other', { timeout: 90_000 }, async () => {
  const made = await runnerOf(2)
  const { id } = await agent(sql, {}, { script: 'true' })
  const { run } = await sql.begin(async (tx) => {
    const given = { agentId: id, source: 'on_demand', triggerDetail: 'manual', actor: system } as const
    const answer = await requestIn(tx, given)
    await tx`update heartbeat_runs set context_snapshot = jsonb_build_object('a', repeat(chr(1), 100000000))
      where id = ${answer.run?.id ?? ''}`
    return answer as WakeupAnswer
  })
  made.notifier.notify('runs')
  const failed = await eventually(
    async () => {
      const [row] = await sql`select status, error_code, error from heartbeat_runs where id = ${run?.id ?? ''}`
      return row?.status === 'failed' && row
    },
    'it has failed',
    60_000,
  )
  expect(failed).toMatchObject({ errorCode: 'adapter_failed', error: expect.stringContaining('larger than 64 MiB') })
  const other = await wakeBeside(made, 'true')
  expect((await ended(other)).status).toBe('succeeded')
})
