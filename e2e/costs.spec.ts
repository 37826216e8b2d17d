import { readFile } from 'node:fs/promises'
import { hireAgent, runThatIs, wake } from '@/server/testing/scene'
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

test('costs by day, agent and model, what has no price apart, and all of it as CSV', async ({ page, server }) => {
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
