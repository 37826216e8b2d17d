import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { checkout, expect, logText, takePicture, test } from './fixtures'

function tabTo(page: Page, role: 'button' | 'link' | 'textbox' | 'combobox', name: string) {
  return tabToElement(page, page.getByRole(role, { name, exact: true }))
}

/** Presses Tab until the element has the focus. */
async function tabToElement(page: Page, wanted: Locator) {
  for (let steps = 0; steps < 60; steps++) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not reach ${wanted}`)
}

test('the main path works by keyboard alone', async ({ page }) => {
  await page.goto('/')
  await expect(page.getByRole('button', { name: 'New company' })).toBeVisible()
  await tabTo(page, 'button', 'New company')
  await page.keyboard.press('Enter')
  await tabTo(page, 'textbox', 'Name')
  await page.keyboard.type('Keys only')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Board', exact: true })).toBeVisible()
  await expect(page.getByRole('link', { name: 'New agent' })).toBeVisible()
  await tabTo(page, 'link', 'New agent')
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Command')).toBeVisible()
  await tabTo(page, 'textbox', 'Name')
  await page.keyboard.type('Typist')
  await tabTo(page, 'textbox', 'Command')
  await page.keyboard.type('/bin/echo')
  await tabTo(page, 'textbox', 'Arguments')
  await page.keyboard.type('typed')
  await tabTo(page, 'button', 'Create agent')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Typist' })).toBeVisible()
  await tabTo(page, 'button', 'Wake')
  await page.keyboard.press('Enter')
  await tabToElement(page, page.getByRole('table', { name: 'Runs' }).getByRole('link'))
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Run status')).toHaveText(/succeeded/i)
  await expect.poll(() => logText(page)).toBe('typed\n')
})

function backgroundOf(page: Page): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
}

test('the theme follows the system until the reader chooses one, which is kept', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' })
  await page.goto('/')
  await expect(page.getByRole('heading', { name: 'Companies' })).toBeVisible()
  const light = await backgroundOf(page)
  await page.emulateMedia({ colorScheme: 'dark' })
  await expect.poll(() => backgroundOf(page)).not.toBe(light)
  const dark = await backgroundOf(page)
  await page
    .getByRole('button', { name: /account|theme|menu/i })
    .first()
    .click()
  await page.getByRole('menuitemradio', { name: 'Light' }).click()
  await expect.poll(() => backgroundOf(page)).toBe(light)
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Companies' })).toBeVisible()
  expect(await backgroundOf(page)).toBe(light)
  expect(light).not.toBe(dark)
})

test('a run on a small screen shows its log without horizontal scrolling', async ({ page, openRun }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await openRun({ command: '/bin/echo', args: ['small'] })
  await expect(page.getByRole('log')).toContainText('small')
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(overflow).toBeLessThanOrEqual(0)
})

test('a screenshot of a run for the README', async ({ page, server, openRun }) => {
  test.skip(!process.env.REVEILLE_PICTURES, 'only on request: see takePicture')
  // Without names of people or of local folders.
  const args = ['log', '--stat', '--format=%h  %s', '-n', '6']
  const { path } = await openRun({ command: 'git', args, cwd: '/', env: { GIT_DIR: join(checkout, '.git') } })
  await expect(page.getByLabel('Run status')).toHaveText(/succeeded/i)
  await expect(page.getByRole('log')).toContainText('files changed')
  await server.client.company.update.mutate({ companyId: path.split('/')[1] ?? '', name: 'Acme' })
  await page.reload()
  await expect(page.getByRole('log')).toContainText('files changed')
  await takePicture(page, 'run', 800)
})
