import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { cancelInBatches } from '@/server/engine/runs/cancel-company-runs'
import { silent, system, worker } from '@/tests/engine'
import { queuedCompany } from '@/tests/queued'
import { removeExample } from './example'

const database = await createTestDatabase()
const { sql } = database
afterAll(() => database.drop())

test('an example with many runs and agents is removed completely, with its logs', async () => {
  const companyId = await queuedCompany(sql, 1200)
  const other = await queuedCompany(sql, 1)
  await sql`update companies set is_example = true where id = ${companyId}`
  const workerId = await worker(sql)
  const stopRuns = () => void cancelInBatches(sql, silent)
  await sql`update heartbeat_runs set server_id = ${workerId} where company_id = ${companyId}
    and id in (select id from heartbeat_runs where company_id = ${companyId} limit 3)`
  await expect(removeExample({ sql, stopRuns }, system, other)).rejects.toMatchObject({ reason: 'illegal_status' })
  // As if these runs had run: a queued run has no worker.
  await sql`update heartbeat_runs set status = 'failed', finished_at = now() where server_id = ${workerId}`
  await sql`update agent_wakeup_requests w set status = 'failed', finished_at = now() from heartbeat_runs r
    where w.run_id = r.id and r.server_id = ${workerId}`
  expect(await removeExample({ sql, stopRuns }, system, companyId)).toEqual({ removed: true })
  for (const table of ['companies', 'agents', 'heartbeat_runs', 'agent_wakeup_requests']) {
    expect([table, (await sql.unsafe(`select from ${table}`)).length]).toEqual([table, 1])
  }
  expect(await sql`select from log_removals`).toHaveLength(3)
})
