import { readFile } from 'node:fs/promises'
import { hireAgent, runThatIs, wake } from '@/tests/scene'
import { expect, test } from './fixtures'

const reporting = (result: unknown) => ({
  command: process.execPath,
  args: [
    '-e',
    `require('fs').writeFileSync(process.env.REVEILLE_RESULT_FILE, ${JSON.stringify(JSON.stringify(result))})`,
  ],
})

const priced = {
  usage: { inputTokens: 1_000, outputTokens: 50 },
  costUsd: 0.0042,
  provider: 'acme',
  model: 'tiny',
}

test('costs are shown by day, agent and model, unpriced ones apart, and downloaded as CSV', async ({
  page,
  server,
}) => {
  const { companyId, agentId } = await hireAgent(server.client, reporting(priced))
  const unpriced = await server.client.agent.create.mutate({
    companyId,
    name: 'Nobody knows',
    adapterType: 'process',
    adapterConfig: { cwd: '/', ...reporting({ ...priced, costUsd: undefined, model: 'unheard-of' }) },
  })
  await page.goto(`/${companyId}/costs`)
  await expect(page.getByText('Nothing was charged this month')).toBeVisible()
  for (const id of [agentId, unpriced.id]) await runThatIs(server.client, await wake(server.client, id))

  await expect(page.getByText('$0.0042').first()).toBeVisible()
  await expect(page.getByText('1 run').first()).toBeVisible()
  await page.getByRole('button', { name: 'By agent' }).click()
  await expect(page.getByRole('row', { name: /Ada/ })).toContainText('$0.0042')
  await expect(page.getByRole('row', { name: /Nobody knows/ })).toContainText('unpriced')
  await expect(page).toHaveURL(/by=agent/)
  await page.getByRole('button', { name: 'By model' }).click()
  await expect(page.getByRole('row', { name: /acme\/unheard-of/ })).toBeVisible()

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download CSV' }).click(),
  ])
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n')
  expect(lines).toContain('acme/tiny,tiny,0.004200,0.000000,0,1000,0,50')
  expect(lines).toHaveLength(3)
})

test('an agent has a page of its own costs, by day and by model, for the period in the URL', async ({
  page,
  server,
}) => {
  const { companyId, agentId } = await hireAgent(server.client, reporting(priced))
  const other = await server.client.agent.create.mutate({
    companyId,
    name: 'Grace',
    adapterType: 'process',
    adapterConfig: { cwd: '/', ...reporting({ ...priced, model: 'large', costUsd: 3 }) },
  })
  for (const id of [agentId, other.id]) await runThatIs(server.client, await wake(server.client, id))
  await page.goto(`/${companyId}/agents/${agentId}`)
  await page.getByRole('navigation', { name: 'Agent pages' }).getByRole('link', { name: 'Costs' }).click()
  await expect(page.getByRole('table', { name: 'Costs, Day (UTC)' })).toContainText('$0.0042')
  await expect(page.getByRole('button', { name: 'By agent' })).toBeHidden()
  await page.getByRole('button', { name: 'By model' }).click()
  const models = page.getByRole('table', { name: 'Costs, Model' })
  await expect(models).toContainText('acme/tiny')
  await expect(models).not.toContainText('large')

  await page.getByRole('group', { name: /Costs by day/ }).focus()
  await page.keyboard.press('ArrowLeft')
  await expect(page.getByRole('figure').getByRole('status')).toContainText('$0.0042')

  await page.getByLabel('Period').selectOption('last_month')
  await expect(page).toHaveURL(/period=last_month/)
  await expect(page.getByText('Nothing was charged in this period')).toBeVisible()
  await page.goto(`/${companyId}/agents/${agentId}/costs?by=model&period=7d`)
  await expect(page.getByLabel('Period')).toHaveValue('7d')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download CSV' }).click(),
  ])
  expect(download.suggestedFilename()).toMatch(/^costs-of-Ada-by-model-/)
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n')
  expect(lines.slice(1)).toEqual(['acme/tiny,tiny,0.004200,0.000000,0,1000,0,50'])
})
