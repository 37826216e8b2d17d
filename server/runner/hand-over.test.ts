import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import { agentOf, runOf, waiters } from '@/tests/engine'
import { eventually } from '@/tests/eventually'
import { hireAgent, runThatIs, sh, wake } from '@/tests/scene'
import { endServers, startServer, type TestServer, urlOf } from '@/tests/server'

const database = await createTestDatabase()
const { sql } = database
const databaseUrl = urlOf(database.connection)
const holder = openClient(database.connection, { max: 1, applicationName: 'holder' })
/** Commits that queue and start a run wait for the lock. */
beforeEach(async () => {
  await sql.unsafe(`
    create function hold_commit() returns trigger language plpgsql as $$
    begin
      if exists (select from heartbeat_run_events where run_id = new.run_id and message = 'Queued.' and xmin = new.xmin)
      then perform pg_advisory_xact_lock(1); end if;
      return null;
    end $$;
    create constraint trigger hold_commit after insert on heartbeat_run_events deferrable initially deferred
      for each row when (new.message = 'Started.') execute function hold_commit()`)
})
afterEach(async () => {
  await endServers()
  await holder`select pg_advisory_unlock_all()`
  await sql`drop function hold_commit cascade`
})
afterAll(async () => {
  await holder.end()
  await database.drop()
})

/** Wakes an agent, whose run is being committed as started until `holder` lets it. */
async function wakeHeld({ client }: TestServer): Promise<string> {
  const { agentId } = await hireAgent(client, sh('echo hi'))
  await holder`select pg_advisory_lock(1)`
  client.wakeup.create.mutate({ agentId }).catch(() => {})
  await waiters(sql, 1)
  return agentId
}

async function runIn(agentId: string) {
  const [run] = await sql<{ id: string }[]>`select id from heartbeat_runs where agent_id = ${agentId}`
  return run && (await runOf(sql, run.id))
}

async function isCarriedOut(agentId: string) {
  await eventually(async () => (await runIn(agentId))?.status === 'succeeded', 'it is carried out')
  expect((await agentOf(sql, agentId)).status).toBe('idle')
  expect(await runIn(agentId)).toMatchObject({ lostAttempts: 0, retryOfRunId: null })
}

test('a web server that is killed during the commit of a start: its runner carries the run out', async () => {
  const server = await startServer({ databaseUrl })
  const long = await hireAgent(server.client, sh('sleep 300'))
  await runThatIs(server.client, await wake(server.client, long.agentId), 'running')
  const agentId = await wakeHeld(server)
  await server.kill9()
  const hasLooked = async () =>
    (
      await sql`
      select from pg_stat_activity where datname = current_database() and application_name = 'reveille runner'
        and state = 'idle' and query like '%"server_id" = % and "heartbeat_runs"."status" = ''running'')'`
    ).length > 0
  await eventually(hasLooked, 'the runner has looked, and found nothing')
  await holder`select pg_advisory_unlock(1)`
  await isCarriedOut(agentId)
})

test('a web server that freezes between the commit and telling its runner: the runner finds out by itself', async () => {
  const server = await startServer({ databaseUrl })
  const agentId = await wakeHeld(server)
  server.signal('SIGSTOP')
  await holder`select pg_advisory_unlock(1)`
  await isCarriedOut(agentId)
  server.signal('SIGCONT')
  const next = await hireAgent(server.client, sh('echo hi'))
  await runThatIs(server.client, await wake(server.client, next.agentId), 'succeeded')
  await runThatIs(server.client, await wake(server.client, next.agentId), 'succeeded')
})
