import { runThatIs } from '@/server/testing/scene'
import { expect, logText, test } from './fixtures'

const long = {
  command: '/bin/sh',
  args: ['-c', 'seq -f "line %.0f of a log that nobody reads from its start" 1 200000; echo done >&2'],
}

test('a log of 200,000 lines opens at its end, goes to any line and is searched whole', async ({
  page,
  server,
  openRun,
}) => {
  const { runId, path } = await openRun(long)
  await runThatIs(server.client, runId)
  await page.goto(path)
  const log = page.getByRole('log')
  await expect(log).toContainText('line 200000 of')
  await expect(log).toContainText('done')
  await log.press('Home')
  await expect(log).toContainText('line 1 of')

  await page.getByLabel('Search the log').fill(':100000')
  await page.getByLabel('Search the log').press('Enter')
  await expect(log).toContainText('line 100000 of')
  await expect(page).toHaveURL(/#L100000$/)

  await page.getByLabel('Search the log').fill('line 7777')
  await expect(page.getByText('1 of 11', { exact: true })).toBeVisible()
  await page.getByLabel('Search the log').press('Enter')
  await expect(log.locator('mark').first()).toHaveText('line 7777')

  await page.goto(`${path}#L150000`)
  await page.reload()
  await expect(log).toContainText('line 150000 of')
  expect(await log.locator('[data-line]').count()).toBeLessThan(200)
})

test('only one stream is shown where that is asked for, and a link to a line leads to it', async ({
  page,
  openRun,
}) => {
  const { path } = await openRun({ command: '/bin/sh', args: ['-c', 'seq 1 300; echo oh no >&2; echo last'] })
  await expect(page.getByLabel('Run status')).toHaveText(/succeeded/i)
  await expect.poll(() => logText(page)).toContain('last\n')
  await page.getByRole('button', { name: 'View' }).click()
  await page.getByRole('menuitemradio', { name: 'Only stderr' }).click()
  await expect.poll(() => logText(page)).toBe('oh no\n')
  await page.goto(`${path}#L12`)
  await page.reload()
  await expect(page.locator('[data-line="12"]')).toBeInViewport()
})

test('a progress bar is one line that changes', async ({ page, openRun }) => {
  await openRun({
    command: '/bin/sh',
    args: ['-c', 'printf "10 %%\\r50 %%\\r100 %%\\n"; printf "\\033[31mred\\033[0m\\n"'],
  })
  await expect.poll(() => logText(page)).toBe('100 %\nred\n')
})
