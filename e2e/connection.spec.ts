import type { Page } from '@playwright/test'
import { createProxy } from '@/tests/proxy'
import { counting, expect, isCounting, lastLine, lastLineWithin, logText, signInTo, test } from './fixtures'

const lost = (page: Page) => page.getByText(/^Connection lost/)

test('a lost connection is shown, reconnects by itself, and the log is complete', async ({ page, server, openRun }) => {
  const network = await createProxy(server.url)
  const { path } = await openRun(counting())
  await page.goto(network.url + path)
  await expect.poll(() => logText(page)).toContain('line 20\n')
  network.breakDown()
  await expect(lost(page)).toBeVisible()
  const before = await lastLine(page)
  network.mend()
  await expect(lost(page)).toBeHidden()
  await expect.poll(() => lastLine(page)).toBeGreaterThan(before + 20)
  expect(isCounting(await logText(page))).toBe(true)
  await page.getByRole('button', { name: 'Cancel run' }).click()
  await expect(page.getByLabel('Run status')).toHaveText(/cancelled/i)
  await network.close()
})

test('kill -9 of the web server: the run continues, and the page catches up without a reload', async ({
  page,
  context,
  newServer,
  openRun,
}) => {
  const first = await newServer()
  await context.addCookies([await signInTo(first)])
  const { runId } = await openRun(counting(), first)
  await expect.poll(() => logText(page)).toContain('line 20\n')
  await page.evaluate(() => document.documentElement.setAttribute('data-loaded', 'once'))
  await first.kill9()
  await expect(lost(page)).toBeVisible()
  const seen = await lastLine(page)

  const port = new URL(first.url).port
  const second = await newServer({ dataDir: first.dataDir, env: { PORT: port } })
  await expect(lost(page)).toBeHidden()
  await expect.poll(() => lastLine(page)).toBeGreaterThan(seen + 40)
  expect(isCounting(await logText(page))).toBe(true)
  await expect(page.locator('html')).toHaveAttribute('data-loaded', 'once')
  await page.getByRole('button', { name: 'Cancel run' }).click()
  await expect(page.getByLabel('Run status')).toHaveText(/cancelled/i)
  const run = await second.client.run.get.query({ runId })
  await expect.poll(() => lastLine(page)).toBe(lastLineWithin(run.logBytes ?? 0))
  await second.stop()
})
