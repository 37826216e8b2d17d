import type { Page } from '@playwright/test'
import { seedCompany } from '@/bench/seed'
import type { RawSql } from '@/db/client'
import { liveEventsOfRuns } from '@/server/live/statements'
import { databaseOf, expect, test } from './fixtures'

const seconds = 4
const perSecond = 100

/** Inserts runs that have ended, with their queued and status events. */
function insertRuns(sql: RawSql, companyId: string, count: number) {
  return sql`
    with r as (
      insert into heartbeat_runs (company_id, agent_id, status, invocation_source, trigger_detail, context_snapshot,
        queue_position, started_at, finished_at)
      select ${companyId}, (select id from agents where company_id = ${companyId} limit 1), 'succeeded', 'timer', 'system',
        '{}', now(), now(), now()
      from generate_series(1, ${count}) returning *
    )
    insert into live_events (company_id, type, payload)
    ${liveEventsOfRuns(sql, 'r', 'heartbeat.run.queued')} union all ${liveEventsOfRuns(sql, 'r', 'heartbeat.run.status')}`
}

/** Counts the pages of runs that the browser fetches. */
function countReads(page: Page) {
  let reads = 0
  page.on('request', (request) => {
    const [, paths = ''] = new URL(request.url()).pathname.split('/api/trpc/')
    reads += paths.split(',').filter((path) => path === 'run.list').length
  })
  return { reset: () => (reads = 0), count: () => reads }
}

test('a hundred events a second over a thousand rows: few fetches, and visible rows do not move', async ({
  page,
  server,
}) => {
  const sql = databaseOf(server)
  const companyId = await seedCompany(sql, { agents: 20, runs: 1_050 })
  const reads = countReads(page)
  await page.goto(`/${companyId}/runs`)
  const rows = page.getByRole('table', { name: 'Runs' }).locator('tbody tr')
  for (let loaded = 50; loaded < 1_000; loaded += 50) {
    await expect(rows).toHaveCount(loaded)
    await page.getByRole('button', { name: 'Load older' }).click()
  }
  await expect(rows).toHaveCount(1_000)
  const visible = rows.nth(500).getByRole('link').first()
  await visible.scrollIntoViewIfNeeded()
  const href = await visible.getAttribute('href')
  const row = page.locator(`a[href="${href}"]`)
  const before = await row.boundingBox()

  reads.reset()
  const startedAt = Date.now()
  for (let tick = 0; tick < seconds * 10; tick++) {
    await Promise.all([insertRuns(sql, companyId, perSecond / 20), page.waitForTimeout(100)])
  }
  const inserted = (seconds * perSecond) / 2
  await expect(page.getByRole('button', { name: `${inserted} new` })).toBeVisible()
  // Twenty pages are loaded: refetching the whole list would be twenty fetches each time.
  const times = (Date.now() - startedAt) / 300 + 2
  expect(reads.count()).toBeLessThan(2 * times)
  expect(await row.boundingBox()).toEqual(before)

  await page.getByRole('button', { name: `${inserted} new` }).click()
  await expect(page.getByRole('button', { name: /new$/ })).toBeHidden()
  const shown = await rows.evaluateAll((all) => all.map((one) => one.querySelector('a')?.getAttribute('href')))
  expect(new Set(shown).size).toBe(shown.length)
  await sql.end()
})
