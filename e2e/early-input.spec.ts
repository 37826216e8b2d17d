import type { Page } from '@playwright/test'
import { expect, test } from './fixtures'

/** Opens a page whose scripts load only when the returned function is called. */
async function gotoWithoutScripts(page: Page, path: string): Promise<() => void> {
  let loadScripts = () => {}
  const wait = new Promise<void>((resolve) => {
    loadScripts = resolve
  })
  await page.route('**/_next/static/**/*.js', async (route) => {
    await wait
    await route.continue()
  })
  await page.goto(path, { waitUntil: 'commit' })
  return loadScripts
}

test('a button that is clicked before hydration works afterwards', async ({ page }) => {
  const loadScripts = await gotoWithoutScripts(page, '/')
  await page.getByRole('button', { name: 'New company' }).click()
  loadScripts()
  await expect(page.getByRole('dialog')).toBeVisible()
})

test('a menu that is opened before hydration opens afterwards', async ({ page }) => {
  const loadScripts = await gotoWithoutScripts(page, '/')
  await page.getByRole('button', { name: 'Menu' }).first().click()
  loadScripts()
  await expect(page.getByRole('menu')).toBeVisible()
})

test.describe('without a session', () => {
  test.use({ storageState: { cookies: [], origins: [] } })

  test('a form that is filled in and submitted before hydration is sent afterwards', async ({ page, server }) => {
    const sent = page.waitForRequest('**/api/sign-in')
    const loadScripts = await gotoWithoutScripts(page, `${server.url}/sign-in`)
    await page.getByLabel('E-mail').fill('ada@example.com')
    await page.getByLabel('Password').fill('not the password')
    await page.getByLabel('Password').press('Enter')
    loadScripts()
    expect((await sent).postDataJSON()).toEqual({ email: 'ada@example.com', password: 'not the password' })
    await expect(page).toHaveURL(`${server.url}/sign-in`)
  })
})
