import type { Page } from '@playwright/test'
import { expect, test } from './fixtures'

/** The page is shown, and its code comes when it is let through. */
async function gotoWithoutCode(page: Page, path: string): Promise<() => void> {
  let letThrough = () => {}
  const wait = new Promise<void>((resolve) => {
    letThrough = resolve
  })
  await page.route('**/_next/static/**/*.js', async (route) => {
    await wait
    await route.continue()
  })
  await page.goto(path, { waitUntil: 'commit' })
  return letThrough
}

test('a button pressed before the page has come alive does its work when it has', async ({ page }) => {
  const letThrough = await gotoWithoutCode(page, '/')
  await page.getByRole('button', { name: 'New company' }).click()
  letThrough()
  await expect(page.getByRole('dialog')).toBeVisible()
})

test('and so does a menu', async ({ page }) => {
  const letThrough = await gotoWithoutCode(page, '/')
  await page.getByRole('button', { name: 'Menu' }).first().click()
  letThrough()
  await expect(page.getByRole('menu')).toBeVisible()
})

test.describe('who is not signed in', () => {
  test.use({ storageState: { cookies: [], origins: [] } })

  test('sends what was typed and entered before the page had come alive', async ({ page, server }) => {
    const sent = page.waitForRequest('**/api/sign-in')
    const letThrough = await gotoWithoutCode(page, `${server.url}/sign-in`)
    await page.getByLabel('E-mail').fill('ada@example.com')
    await page.getByLabel('Password').fill('not the password')
    await page.getByLabel('Password').press('Enter')
    letThrough()
    expect((await sent).postDataJSON()).toEqual({ email: 'ada@example.com', password: 'not the password' })
    await expect(page).toHaveURL(`${server.url}/sign-in`)
  })
})
