import { afterAll, describe, expect, it } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { agent, ends, report, secretKey, started, wake, worker } from '@/tests/engine'
import { closeResults, findResults, storeResult } from './results'
import { sessionUsage } from './session-usage'

const database = await createTestDatabase()
const { sql } = database
afterAll(() => database.drop())

describe('a posted result', () => {
  it('is stored for a running run, only the first one', async () => {
    const workerId = await worker(sql)
    const run = await started(sql, (await agent(sql)).id, workerId)
    await storeResult(sql, secretKey, run.id, { summary: 'a\u0000b\ud800' })
    await expect(storeResult(sql, secretKey, run.id, { summary: 'other' })).rejects.toMatchObject({
      reason: 'illegal_status',
    })
    expect(await findResults(sql, secretKey, [run.id])).toEqual([
      { runId: run.id, body: { summary: 'a\ufffdb\ufffd' } },
    ])
  })

  it('is stored sealed until its run ends, because its secrets are not redacted yet', async () => {
    const workerId = await worker(sql)
    const run = await started(sql, (await agent(sql)).id, workerId)
    await storeResult(sql, secretKey, run.id, { summary: 'hunter2-hunter2' })
    const [row] = await sql<[{ text: string }]>`select t::text as text from run_results t where run_id = ${run.id}`
    expect(row.text).toContain(run.id)
    expect(row.text).not.toMatch(/hunter2|summary/)
    await ends(sql, run, workerId)
    expect(await sql`select from run_results where run_id = ${run.id}`).toHaveLength(0)
  })

  it('is accepted or refused, and never accepted and lost, when results are closed at that moment', async () => {
    const workerId = await worker(sql)
    const taken = await started(sql, (await agent(sql)).id, workerId)
    await storeResult(sql, secretKey, taken.id, { summary: 'Done.' })
    expect(await closeResults(sql, secretKey, taken.id)).toEqual({ body: { summary: 'Done.' } })
    const closed = await started(sql, (await agent(sql)).id, workerId)
    expect(await closeResults(sql, secretKey, closed.id)).toBeNull()
    await expect(storeResult(sql, secretKey, closed.id, {})).rejects.toMatchObject({ reason: 'illegal_status' })
    for (let n = 0; n < 10; n++) {
      const run = await started(sql, (await agent(sql)).id, workerId)
      const [stored, last] = await Promise.allSettled([
        storeResult(sql, secretKey, run.id, { n }),
        closeResults(sql, secretKey, run.id),
      ])
      const isAccepted = stored.status === 'fulfilled'
      expect(last).toEqual({ status: 'fulfilled', value: isAccepted ? { body: { n } } : null })
      expect(await findResults(sql, secretKey, [run.id])).toHaveLength(isAccepted ? 1 : 0)
      await expect(storeResult(sql, secretKey, run.id, { n })).rejects.toMatchObject({ reason: 'illegal_status' })
    }
  })

  it('is refused for a queued or ended run, and if it is nested too deeply', async () => {
    const workerId = await worker(sql)
    const { id } = await agent(sql)
    const run = await started(sql, id, workerId)
    await expect(
      storeResult(sql, secretKey, run.id, JSON.parse(`${'['.repeat(99)}${']'.repeat(99)}`)),
    ).rejects.toMatchObject({
      reason: 'invalid_input',
    })
    await ends(sql, run, workerId)
    await expect(storeResult(sql, secretKey, run.id, {})).rejects.toMatchObject({ reason: 'illegal_status' })
    const queued = await wake(sql, id)
    await expect(storeResult(sql, secretKey, queued.run?.id ?? '', {})).rejects.toMatchObject({
      reason: 'illegal_status',
    })
    expect(await findResults(sql, secretKey, [run.id])).toEqual([])
  })
})

describe('the usage of a session', () => {
  const total = (inputTokens: number) => ({ inputTokens, outputTokens: 1, cachedInputTokens: 2 })

  it('is what the last runs of the session reported', async () => {
    const workerId = await worker(sql)
    const { id } = await agent(sql)
    const runs: [string, number | null][] = [
      ['one', 10],
      ['one', 30],
      ['two', 500],
      ['one', null],
    ]
    for (const [sessionId, input] of runs) {
      const run = await started(sql, id, workerId)
      const usage = input === null ? null : { ...total(1), sessionTotal: total(input) }
      await ends(sql, run, workerId, report({ sessionId, usage }))
    }
    expect(await sessionUsage(sql, id, 'one')).toEqual([total(30), total(10)])
    expect(await sessionUsage(sql, id, 'two')).toEqual([total(500)])
    expect(await sessionUsage(sql, id, 'three')).toEqual([])
    expect(await sessionUsage(sql, (await agent(sql)).id, 'one')).toEqual([])
  })
})
