import { afterAll, afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { getAgent } from '@/server/agents/queries'
import { pauseAgent, resumeAgent } from '@/server/agents/status'
import { updateAgent } from '@/server/agents/write'
import type { CompanyId } from '@/server/domain/ids'
import { tick } from '@/server/engine/timers/tick'
import { boardAgents } from '@/server/insight/board/agents'
import { agent, claimOne, clear, ends, secretKey, silent, system, wake, worker } from '@/tests/engine'

const database = await createTestDatabase()
const { sql } = database
afterEach(() => clear(sql))
afterAll(() => database.drop())

const year = new Date().getUTCFullYear()
const crons = {
  'a single date': `${year + 1}-01-01T00:00:00`,
  'an expression with a year': `0 0 0 1 1 * ${year + 1}`,
}
const past = {
  'a single date': `${year - 1}-01-01T00:00:00`,
  'an expression with a year': `0 0 0 1 1 * ${year - 1}`,
}

async function latestPayload(agentId: string) {
  const [event] = await sql<[{ payload: unknown }]>`
    select payload from live_events where type = 'agent.status' and payload ->> 'agentId' = ${agentId}
    order by id desc limit 1`
  return event.payload
}

/** As it is once its time has come: the row says what was true when it was saved. */
async function ended(kind: keyof typeof past, isDue: boolean) {
  const { id } = await agent(sql, { cron: crons[kind] })
  await sql`
    update agents set runtime_config = jsonb_set(runtime_config, '{heartbeat,cron}', to_jsonb(${past[kind]}::text)),
      next_heartbeat_at = case when ${isDue} then now() - interval '1 second' end
    where id = ${id}`
  return id
}

test.each(Object.keys(past) as (keyof typeof past)[])('the last slot of %s fires, and then no other', async (kind) => {
  const id = await ended(kind, true)
  expect(await getAgent(sql, id)).toMatchObject({ timerEnded: false })
  expect(await tick(sql, silent)).toBe(1)
  expect(await getAgent(sql, id)).toMatchObject({ nextHeartbeatAt: null, timerEnded: true })
  expect(await tick(sql, silent)).toBe(0)
  const workerId = await worker(sql)
  await ends(sql, await claimOne(sql, workerId), workerId)
  expect(await latestPayload(id)).toMatchObject({ nextHeartbeatAt: null, timerEnded: true })
})

test('an agent whose timer has ended is woken, saved, paused and resumed as ever', async () => {
  const id = await ended('a single date', false)
  expect(await wake(sql, id)).toMatchObject({ outcome: 'queued' })
  const { runtimeConfig, companyId } = await getAgent(sql, id)
  const heartbeat = { ...runtimeConfig.heartbeat, cooldownSec: 5 }
  expect(await updateAgent(sql, system, secretKey, id, { runtimeConfig: { heartbeat } })).toMatchObject({
    runtimeConfig: { heartbeat },
    timerEnded: true,
  })
  await pauseAgent(sql, system, id)
  expect(await getAgent(sql, id)).toMatchObject({ timerEnded: false })
  expect(await resumeAgent(sql, system, id)).toMatchObject({ status: 'idle', nextHeartbeatAt: null, timerEnded: true })
  expect(await boardAgents(sql, companyId as CompanyId, 10)).toMatchObject([{ id, timerEnded: true }])
})

test('a timer that will never fire is refused when it is new', async () => {
  const { id } = await agent(sql, { cron: crons['a single date'] })
  const runtimeConfig = { heartbeat: { cron: past['a single date'] } }
  await expect(updateAgent(sql, system, secretKey, id, { runtimeConfig })).rejects.toMatchObject({
    message: 'runtimeConfig.heartbeat.cron: must be a cron expression that still fires, such as "*/15 9-17 * * 1-5"',
  })
})

test('an agent whose time zone this machine does not know is woken, saved and resumed, and its timer waits', async () => {
  const { id } = await agent(sql, { cron: '0 9 * * *', timezone: 'Europe/Berlin' })
  await sql`update agents set runtime_config = jsonb_set(runtime_config, '{heartbeat,timezone}', '"Mars/Olympus"') where id = ${id}`
  expect(await wake(sql, id)).toMatchObject({ outcome: 'queued' })
  const workerId = await worker(sql)
  await sql`update agents set failures_in_a_row = 3 where id = ${id}`
  await ends(sql, await claimOne(sql, workerId), workerId)
  const { runtimeConfig } = await getAgent(sql, id)
  await updateAgent(sql, system, secretKey, id, { runtimeConfig })
  await pauseAgent(sql, system, id)
  expect(await resumeAgent(sql, system, id)).toMatchObject({ status: 'idle', timerEnded: false })
  expect((await getAgent(sql, id)).nextHeartbeatAt).toBeInstanceOf(Date)
})
