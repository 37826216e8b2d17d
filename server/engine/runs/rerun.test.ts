import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { pauseAgent } from '@/server/agents/status'
import { agent, claimOne, ends, failed, started, system, wake, worker } from '@/tests/engine'
import { rerun } from './rerun'

const database = await createTestDatabase()
const { sql } = database
afterAll(() => database.drop())

const asked = { actor: system, triggerDetail: 'manual', cause: undefined } as const

async function ranOnce() {
  const { id: agentId } = await agent(sql)
  const server = await worker(sql)
  const given = { reason: 'Ticket 7', payload: { ticket: 7 }, contextSnapshot: { branch: 'main' } }
  const run = await started(sql, agentId, server, given)
  await ends(sql, run, server, failed())
  return { agentId, server, run }
}

test('a rerun has the context, payload and reason of the run, and its id in retryOfRunId', async () => {
  const { run, server } = await ranOnce()
  const answer = await rerun(sql, run.id, asked)
  expect(answer).toMatchObject({ outcome: 'queued', run: { retryOfRunId: run.id } })
  const again = await claimOne(sql, server)
  expect(again).toMatchObject({
    id: answer.run?.id,
    contextSnapshot: { branch: 'main', wakeups: [{ reason: 'Ticket 7', payload: { ticket: 7 } }] },
  })
})

test('a paused agent refuses', async () => {
  const { agentId, run } = await ranOnce()
  await pauseAgent(sql, system, agentId)
  await expect(rerun(sql, run.id, asked)).rejects.toMatchObject({ reason: 'agent.paused' })
})

test('a rerun is coalesced into a queued run', async () => {
  const { agentId, run } = await ranOnce()
  const { run: queued } = await wake(sql, agentId)
  expect(await rerun(sql, run.id, asked)).toMatchObject({ outcome: 'coalesced', run: { id: queued?.id } })
})
