import { hireAgent, runThatIs, sh, wake } from '@/tests/scene'
import { expect, test } from './fixtures'

test('keyboard shortcuts lead to a run, and the palette finds an agent', async ({ page, server }) => {
  const { companyId, agentId } = await hireAgent(server.client, sh('echo found'))
  const runId = await wake(server.client, agentId)
  await runThatIs(server.client, runId)
  await page.goto(`/${companyId}/agents`)
  await expect(page.getByRole('link', { name: 'Ada' })).toBeVisible()

  await page.keyboard.press('g')
  await page.keyboard.press('r')
  await expect(page.getByRole('heading', { name: 'Runs', exact: true })).toBeVisible()
  await expect(page.getByRole('link', { name: 'Ada' })).toBeVisible()
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(`/runs/${runId}`))

  await expect(page.getByRole('heading', { name: /^Run / })).toBeVisible()
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toContainText('Next run of the agent')
  await page.keyboard.press('Escape')
  await page.keyboard.press('ControlOrMeta+k')
  await page.getByPlaceholder(/Find a page/).fill('ada')
  await expect(page.getByRole('option', { name: 'Wake Ada' })).toBeVisible()
  await page.getByRole('option', { name: /^Ada/ }).first().click()
  await expect(page).toHaveURL(new RegExp(`/agents/${agentId}`))
})

test('filters are kept in the URL, and several runs are cancelled at once', async ({ page, server }) => {
  const { companyId, agentId } = await hireAgent(server.client, sh('exec sleep 300'))
  await runThatIs(server.client, await wake(server.client, agentId), 'running')
  await wake(server.client, agentId)
  await page.goto(`/${companyId}/runs`)
  await page.getByLabel('Status', { exact: true }).selectOption('failed')
  await expect(page).toHaveURL(/status=failed/)
  await expect(page.getByText('No matching runs')).toBeVisible()
  await page.getByRole('button', { name: 'Clear' }).click()
  await expect(page).not.toHaveURL(/status=/)

  await page.getByLabel('Select all queued and running runs').check()
  await page.getByRole('button', { name: 'Cancel 2 runs' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel 2 runs' }).click()
  await expect(page.getByRole('cell', { name: 'cancelled', exact: true })).toHaveCount(2)
  await page.getByRole('button', { name: 'Timeline' }).click()
  await expect(page.getByRole('link', { name: /^Ada: cancelled/ })).toHaveCount(2)
})

test('several agents are paused, and that is undone', async ({ page, server }) => {
  const { companyId, agentId } = await hireAgent(server.client, sh('true'))
  await page.goto(`/${companyId}/agents`)
  await page.getByLabel('Select Ada').check()
  await page.getByRole('button', { name: 'Pause' }).click()
  await expect(page.getByRole('row', { name: /^Select Ada / })).toContainText('paused')
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByRole('row', { name: /^Select Ada / })).toContainText('idle')
  // The page is updated before the server has answered.
  await expect.poll(async () => (await server.client.agent.get.query({ agentId })).status).toBe('idle')
})

test('former configurations of an agent are listed and restored', async ({ page, server }) => {
  const { companyId, agentId } = await hireAgent(server.client, { command: '/bin/true' })
  await server.client.agent.update.mutate({ agentId, adapterConfig: { command: '/bin/false' } })
  await page.goto(`/${companyId}/agents/${agentId}/configuration`)
  const current = page.getByRole('listitem', { name: 'Configuration 2' })
  await expect(current).toContainText('− /bin/true')
  await expect(current).toContainText('+ /bin/false')
  await page.getByRole('listitem', { name: 'Configuration 1' }).getByRole('button', { name: 'Restore' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click()
  await expect(page.getByRole('listitem', { name: 'Configuration 3' })).toContainText('+ /bin/true')
  const commandOf = async () => (await server.client.agent.get.query({ agentId })).adapterConfig.command
  expect(await commandOf()).toBe('/bin/true')
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByText('Change to Ada undone.')).toBeVisible()
  await expect(page.getByRole('listitem', { name: 'Configuration 4' })).toContainText('+ /bin/false')
  expect(await commandOf()).toBe('/bin/false')
})

test('a run is retried with the same payload', async ({ page, server }) => {
  const { companyId, agentId } = await hireAgent(server.client, sh('exit 3'))
  const runId = await wake(server.client, agentId, { reason: 'Ticket 7', payload: { ticket: 7 } })
  await runThatIs(server.client, runId, 'failed')
  await page.goto(`/${companyId}/runs/${runId}`)
  await page.getByRole('button', { name: 'Retry' }).click()
  await page.getByRole('button', { name: 'Open run' }).click()
  await expect(page).not.toHaveURL(new RegExp(runId))
  await expect(page.getByText('Retry of')).toBeVisible()
  await expect(page.getByText('"ticket": 7')).toBeVisible()
})
