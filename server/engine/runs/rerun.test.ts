import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { pauseAgent } from '@/server/agents/status'
import { agent, claimOne, ends, failed, life, started, system, wake } from '@/tests/engine'
import { rerun } from './rerun'

const database = await createTestDatabase()
const { sql } = database
afterAll(() => database.drop())

const asked = { actor: system, triggerDetail: 'manual', cause: undefined } as const

async function ranOnce() {
  const { id: agentId } = await agent(sql)
  const server = await life(sql)
  const wish = { reason: 'Ticket 7', payload: { ticket: 7 }, contextSnapshot: { branch: 'main' } }
  const run = await started(sql, agentId, server, wish)
  await ends(sql, run, server, failed())
  return { agentId, server, run }
}

test('a run is asked for again with its context, its payload and its reason, and is named by the new one', async () => {
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

test('where a run is queued already, the wish joins it', async () => {
  const { agentId, run } = await ranOnce()
  const { run: queued } = await wake(sql, agentId)
  expect(await rerun(sql, run.id, asked)).toMatchObject({ outcome: 'coalesced', run: { id: queued?.id } })
})
