import { afterAll, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { embeddedConnection } from '@/db/embedded/location'
import type { CompanyId } from '@/server/domain/ids'
import { eventually } from '@/tests/eventually'
import { hireAgent } from '@/tests/scene'
import { endServers, startServer } from '@/tests/server'

afterAll(endServers)

test('an example runs at once, shows success, failure and costs, and is removed completely', async () => {
  const { client, dataDir } = await startServer()
  const { id: companyId } = await client.company.createExample.mutate()
  await eventually(
    async () => (await client.board.get.query({ companyId })).queue.running > 0,
    'an agent of the example runs',
    20_000,
  )
  await eventually(
    async () => {
      const { agents, spend } = await client.board.get.query({ companyId })
      const outcomes = agents.flatMap((agent) => agent.outcomes)
      return outcomes.includes('succeeded') && outcomes.includes('failed') && spend.spentMicros > 0
    },
    'the example has succeeded, failed and cost something',
    60_000,
  )
  const { items } = await client.run.list.query({ companyId })
  expect(await client.company.removeExample.mutate({ companyId })).toEqual({ removed: true })
  await expect(client.company.get.query({ companyId })).rejects.toMatchObject({ data: { reason: 'not_found' } })
  await expect(client.run.get.query({ runId: items[0]?.id ?? '' })).rejects.toMatchObject({
    data: { reason: 'not_found' },
  })
  const ids = items.filter((run) => run.startedAt).map(({ id }) => id)
  // The server's retention loop deletes the files later.
  const sql = openClient(embeddedConnection(dataDir), { max: 1, applicationName: 'test' })
  const removals = await sql<{ runId: string }[]>`select run_id from log_removals where run_id = any(${ids})`
  await sql.end()
  expect(removals.map(({ runId }) => runId).toSorted()).toEqual(ids.toSorted())
})

test('a company that is not an example cannot be removed', async () => {
  const { client } = await startServer()
  const { companyId } = await hireAgent(client, { command: '/bin/true' })
  const refused = client.company.removeExample.mutate({ companyId: companyId as CompanyId })
  await expect(refused).rejects.toMatchObject({ data: { reason: 'illegal_status' } })
  expect(await client.company.get.query({ companyId })).toMatchObject({ status: 'active', isExample: false })
})
