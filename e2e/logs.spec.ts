import type { Page } from '@playwright/test'
import { runThatIs } from '@/tests/scene'
import { expect, logText, test } from './fixtures'

const long = {
  command: '/bin/sh',
  args: ['-c', 'seq -f "line %.0f of a log that nobody reads from its start" 1 200000; echo done'],
}

/** 60,000 lines, 5.2 MB: one in a hundred goes to stderr, and one in ten takes several rows. */
const mixed = {
  command: process.execPath,
  args: [
    '-e',
    `let at = 0
     const step = () => {
       let text = ''
       for (let n = 0; n < 99; n++) text += 'out ' + ++at + (at % 10 === 0 ? ' wide'.repeat(150) : ' narrow') + '\\n'
       process.stdout.write(text, () => process.stderr.write('err ' + ++at + '\\n', () => at < 60000 && setTimeout(step, 1)))
     }
     step()`,
  ],
}

async function choose(page: Page, name: string) {
  await page.getByRole('button', { name: 'View' }).click()
  await page.getByRole('menuitemradio', { name }).click()
}

async function goToLine(page: Page, line: string) {
  await page.getByLabel('Search the log').fill(`:${line}`)
  await page.getByLabel('Search the log').press('Enter')
}

test('a log of 200,000 lines opens at its end, jumps to any line and is searched as a whole', async ({
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

  await goToLine(page, '100000')
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

test('a long log wraps lines, shows one stream with the line numbers of the log, and keeps the position', async ({
  page,
  server,
  openRun,
}) => {
  test.slow()
  const { runId, path } = await openRun(mixed)
  await runThatIs(server.client, runId, 'succeeded')
  await page.goto(path)
  const log = page.getByRole('log')
  await expect(log).toContainText('err 60000')
  const textOf = async (line: number) => {
    const { entries } = await server.client.run.logLines.query({ runId, at: { line }, lines: 1 })
    return entries.map((entry) => entry.chunk).join('')
  }
  await goToLine(page, '30010')
  const selected = page.locator('[data-line="30010"]')
  await expect(selected).toHaveText(await textOf(30_010))
  await expect(selected).toBeInViewport({ ratio: 1 })
  const wide = log.getByText(/ wide wide/).first()
  await expect.poll(() => wide.evaluate((text) => text.clientHeight)).toBeGreaterThan(36)

  await log.hover()
  const topOfLine = async () => (await selected.boundingBox())?.y ?? Number.NaN
  const before = await topOfLine()
  await page.mouse.wheel(0, -120)
  await expect.poll(async () => (await topOfLine()) - before).toBeCloseTo(120, 0)

  await choose(page, 'Only stderr')
  await expect(page.getByText('Only stderr: 600 lines. 59,400 lines of stdout hidden.')).toBeVisible()
  await expect(log.locator('[data-stream="stdout"]')).toHaveCount(0)
  const error = log.locator('[data-line]', { hasText: /^err / }).nth(25)
  const line = Number(await error.getAttribute('data-line'))
  expect(Math.abs(line - 30_010)).toBeLessThan(5_000)
  await expect(error).toHaveText(await textOf(line))
  await goToLine(page, String(line))
  await page.getByRole('button', { name: 'Show both' }).click()
  await expect(page.locator(`[data-line="${line - 1}"]`)).toHaveText(await textOf(line - 1))
  await expect(page.locator(`[data-line="${line}"]`)).toBeInViewport()

  await page.getByRole('button', { name: 'Wrap' }).click()
  await goToLine(page, '40010')
  await expect(page.locator('[data-line="40010"]')).toHaveText(await textOf(40_010))
  expect(new Set(await log.locator('[data-row]').evaluateAll((rows) => rows.map((row) => row.clientHeight)))).toEqual(
    new Set([18]),
  )
})

test('one stream can be shown alone, and a link to a line scrolls to it', async ({ page, openRun }) => {
  const { path } = await openRun({ command: '/bin/sh', args: ['-c', 'seq 1 300; echo oh no >&2; echo last'] })
  await expect(page.getByLabel('Run status')).toHaveText(/succeeded/i)
  await expect.poll(() => logText(page)).toContain('last\n')
  await choose(page, 'Only stderr')
  await expect.poll(() => logText(page)).toBe('oh no\n')
  await page.goto(`${path}#L12`)
  await page.reload()
  await expect(page.locator('[data-line="12"]')).toBeInViewport()
})

test('lines that are selected by click and Shift-click are kept in the URL, and are copied', async ({
  page,
  context,
  openRun,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const copied = () => page.evaluate(() => navigator.clipboard.readText())
  const { path } = await openRun({ command: '/bin/sh', args: ['-c', 'seq 1 20; printf "\\033[31mred\\033[0m\\n"'] })
  await expect.poll(() => logText(page)).toContain('red\n')
  const gutter = (line: number) => page.locator(`[data-line="${line}"] [data-gutter]`).first()
  await gutter(19).click()
  await gutter(21).click({ modifiers: ['Shift'] })
  await expect(page).toHaveURL(/#L19-L21$/)
  await page.keyboard.press('c')
  await expect(page.getByText('Copied 3 lines')).toBeVisible()
  expect(await copied()).toBe('19\n20\nred')

  await page.goto(`${path}#L3-L2`)
  await page.reload()
  await page.getByRole('button', { name: 'Copy' }).click()
  await expect(page.getByText('Copied 2 lines')).toBeVisible()
  expect(await copied()).toBe('2\n3')
})

test('a progress bar stays one line', async ({ page, openRun }) => {
  await openRun({
    command: '/bin/sh',
    args: ['-c', 'printf "10 %%\\r50 %%\\r100 %%\\n"; printf "\\033[31mred\\033[0m\\n"'],
  })
  await expect.poll(() => logText(page)).toBe('100 %\nred\n')
})

test('a reader who scrolls up in a fast log keeps the position until they follow again', async ({
  page,
  server,
  openRun,
}) => {
  test.slow()
  const racing = `let at = 0
    setInterval(() => {
      let text = ''
      for (let n = 0; n < 100; n++) text += 'line ' + ++at + '\\n'
      process.stdout.write(text)
    }, 20)`
  const { runId } = await openRun({ command: process.execPath, args: ['-e', racing] })
  const total = async () => (await server.client.run.logLines.query({ runId, at: { last: 1 }, lines: 1 })).totalLines
  const log = page.getByRole('log')
  await expect.poll(() => log.locator('[data-row]').last().getAttribute('data-row').then(Number)).toBeGreaterThan(1_000)
  await log.hover()
  await page.mouse.wheel(0, -400)
  await expect(page.getByRole('button', { name: 'Follow' })).toBeVisible()
  const row = log.locator('[data-row]').nth(30)
  const line = await row.textContent()
  const { y } = (await log.getByText(line?.trim() ?? '', { exact: true }).boundingBox()) ?? { y: Number.NaN }
  const before = await total()
  await expect.poll(total).toBeGreaterThan(before + 2_000)
  expect((await log.getByText(line?.trim() ?? '', { exact: true }).boundingBox())?.y).toBeCloseTo(y, 0)
  await page.getByRole('button', { name: 'Follow' }).click()
  await expect
    .poll(async () => Number(await log.locator('[data-line]').last().getAttribute('data-line')))
    .toBeGreaterThan(before + 2_000)
  await server.client.run.cancel.mutate({ runId })
})
