import type { Page } from '@playwright/test'
import { signedInPerson } from '@/tests/people'
import { databaseOf, expect, test } from './fixtures'
import { seedWalk } from './walk-scene'

/** Pages with controls that need a right. */
const paths = [
  '',
  '/inbox',
  '/agents',
  '/runs',
  '/wakeups',
  '/costs',
  '/activity',
  '/servers',
  '/settings',
  '/settings/notifications',
  '/agents/new',
]
/** Everything that can be clicked, except names that only filter a list. */
const controls = 'main button:enabled:not([title^="Show only"]), main [type=checkbox]:enabled'

/** A control may have disappeared by the time it is clicked: only refused calls count. */
function ignore() {}

/** Collects calls that were refused because a right was missing. */
function refusalsOn(page: Page): string[] {
  const refused: string[] = []
  page.on('response', async (response) => {
    if (response.status() === 403) return refused.push(response.url())
    if (response.status() !== 207) return
    const body = await response.text().catch(() => '')
    if (body.includes('"reason":"forbidden"')) refused.push(response.url())
  })
  return refused
}

test('a viewer sees no control whose call is refused', async ({ browser, server }) => {
  const { companyId, agentId, costlyId, runIds } = await seedWalk(server)
  const sql = databaseOf(server)
  const { cookie } = await signedInPerson(sql, { companyId, role: 'viewer' })
  await sql.end()
  const [name = '', value = ''] = cookie.split('=')
  const context = await browser.newContext({ baseURL: server.url, storageState: undefined })
  await context.addCookies([{ name, value, url: server.url }])
  const page = await context.newPage()
  const refused = refusalsOn(page)
  const ofAgents = [agentId, costlyId].flatMap((id) =>
    ['', '/costs', '/configuration', '/edit'].map((at) => `/agents/${id}${at}`),
  )
  const ofRuns = Object.values(runIds).map((id) => `/runs/${id}`)
  for (const place of [...paths, ...ofAgents, ...ofRuns]) {
    const path = `/${companyId}${place}`
    const open = async () => {
      await page.goto(path)
      await expect(page.locator('h1').first()).toBeVisible()
      await expect(page.locator('[role=status][aria-label=Loading]')).toHaveCount(0)
    }
    await open()
    const links = await page.locator('main a').evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''))
    expect(
      links.filter((href) => /\/edit$|\/agents\/new$|\/settings\/notifications$/.test(href)),
      path,
    ).toEqual([])
    const offered = await page.locator(controls).evaluateAll((all) => all.map((one) => one.textContent?.trim() ?? ''))
    for (const [at, text] of offered.entries()) {
      // One control for each text is enough.
      if (text !== '' && offered.indexOf(text) < at) continue
      await page.locator(controls).nth(at).click({ force: true, timeout: 5_000 }).catch(ignore)
      const dialog = page.getByRole('dialog')
      if (await dialog.isVisible()) await dialog.getByRole('button').last().click({ timeout: 2_000 }).catch(ignore)
      if (new URL(page.url()).pathname !== path || (await dialog.isVisible())) await open()
    }
    expect(refused, path).toEqual([])
  }

  await page.keyboard.press('ControlOrMeta+k')
  await page.getByPlaceholder(/Find a page/).fill('Broken')
  await expect(page.getByRole('option', { name: /^Broken/ }).first()).toBeVisible()
  await expect(page.getByRole('option', { name: /^Wake|^New agent/ })).toHaveCount(0)
  await context.close()
})

test('an operator can wake, pause and edit', async ({ page, server }) => {
  const { companyId, agentId } = await seedWalk(server)
  await page.goto(`/${companyId}/agents/${agentId}`)
  for (const name of ['Wake', 'Pause']) await expect(page.getByRole('button', { name, exact: true })).toBeEnabled()
  await expect(page.getByRole('link', { name: 'Edit' })).toBeVisible()
  await page.goto(`/${companyId}/runs`)
  await expect(page.getByLabel('Select all queued and running runs')).toBeVisible()
})
