import { execFileSync } from 'node:child_process'
import { checkout, counting, expect, isCounting, logText, test } from './fixtures'

test.describe('a new user', () => {
  test.use({ storageState: { cookies: [], origins: [] } })

  test('opens the sign-in link, creates a company and an agent, wakes it, and reads its log', async ({
    page,
    newServer,
  }) => {
    const server = await newServer()
    await page.goto(await server.signInLink())
    await expect(page.getByRole('heading', { name: 'Companies' })).toBeVisible()

    await page.getByRole('button', { name: 'New company' }).click()
    await page.getByLabel('Name').fill('Northwind')
    await page.getByRole('button', { name: 'Create company' }).click()

    await page.getByRole('link', { name: 'New agent' }).click()
    await page.getByLabel('Name').fill('Historian')
    await page.getByLabel('Adapter').selectOption('process')
    await page.getByLabel('Command').fill('git')
    await page.getByLabel('Arguments').fill('log\n--stat\n-n\n30')
    await page.getByLabel('Working directory').fill(checkout)
    await page.getByRole('button', { name: 'Create agent' }).click()

    await expect(page.getByRole('heading', { name: 'Historian' })).toBeVisible()
    await page.getByRole('button', { name: 'Wake' }).click()
    await page.getByRole('button', { name: 'Open run' }).click()
    await expect(page.getByLabel('Run status')).toHaveText(/succeeded/i)
    const history = execFileSync('git', ['log', '--stat', '-n', '30'], { cwd: checkout, encoding: 'utf8' })
    await expect.poll(() => logText(page)).toBe(history)

    await page.goto(await server.signInLink())
    await expect(page.getByText('This link was used before')).toBeVisible()
  })
})

test('a page that is opened later shows the same log from its first byte', async ({ page, context, openRun }) => {
  const { runId, path } = await openRun(counting())
  await expect.poll(() => logText(page)).toContain('line 40\n')
  const late = await context.newPage()
  await late.goto(path)
  await expect.poll(() => logText(late)).toContain('line 45\n')
  await late.getByRole('button', { name: 'Cancel run' }).click()
  for (const viewer of [page, late]) await expect(viewer.getByLabel('Run status')).toHaveText(/cancelled/i)
  const text = await (await page.request.get(`/api/runs/${runId}/log`)).text()
  expect(isCounting(text)).toBe(true)
  await expect.poll(() => logText(page)).toBe(text)
  await expect.poll(() => logText(late)).toBe(text)
})

test('a run is cancelled from its page', async ({ page, server, openRun }) => {
  const { runId } = await openRun({ command: '/bin/sh', args: ['-c', 'echo up; sleep 300'] })
  await expect(page.getByRole('log')).toContainText('up')
  await page.getByRole('button', { name: 'Cancel run' }).click()
  await expect(page.getByLabel('Run status')).toHaveText(/cancelled/i)
  await expect(page.getByRole('button', { name: 'Cancel run' })).toBeHidden()
  expect(await server.client.run.get.query({ runId })).toMatchObject({ status: 'cancelled', errorCode: 'cancelled' })
})

test('waking a paused agent fails with the reason', async ({ page, server, openRun }) => {
  const { runId } = await openRun({ command: '/bin/true' })
  const { companyId, agentId } = await server.client.run.get.query({ runId })
  await page.goto(`/${companyId}/agents/${agentId}`)
  await page.getByRole('button', { name: 'Pause' }).click()
  await expect(page.getByLabel('Agent status')).toHaveText(/paused/i)
  await page.getByRole('button', { name: 'Wake' }).click()
  await expect(page.getByText(/paused/i).last()).toBeVisible()
  await page.getByRole('button', { name: 'Resume' }).click()
  await expect(page.getByLabel('Agent status')).toHaveText(/idle/i)
})
