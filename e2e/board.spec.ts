import { hireAgent, sh, wake } from '@/tests/scene'
import { expect, signInTo, test } from './fixtures'

const printing = sh('for i in $(seq 1 600); do echo "step $i of 600"; sleep 0.2; done')

test('the board shows running agents with their last line, and failures, and updates by itself', async ({
  page,
  server,
}) => {
  const { companyId, agentId } = await hireAgent(server.client, printing)
  const broken = await server.client.agent.create.mutate({
    companyId,
    name: 'Broken',
    adapterType: 'process',
    adapterConfig: { command: '/bin/false', cwd: '/' },
  })
  await page.goto(`/${companyId}`)
  const row = page.getByRole('row', { name: /Ada/ })
  await expect(row).toContainText('idle')
  await expect(page.getByText('Nothing. No agent is failing')).toBeVisible()

  await wake(server.client, agentId)
  await expect(row).toContainText('running')
  await expect(row).toContainText(/step \d+ of 600/)
  const earlier = await row.textContent()
  await expect(row).not.toHaveText(earlier ?? '')

  await wake(server.client, broken.id)
  const attention = page.getByRole('region', { name: 'Needs attention' })
  await expect(attention.getByRole('link', { name: 'Broken failed' })).toBeVisible()
  await expect(page.getByRole('row', { name: /Broken/ })).toContainText('error')

  await server.client.agent.pause.mutate({ agentId })
  await expect(row).toContainText('paused')
})

test('the first data comes with the page, before any script has run', async ({ browser, server }) => {
  const { companyId } = await hireAgent(server.client, { command: '/bin/true' })
  const context = await browser.newContext({ javaScriptEnabled: false })
  await context.addCookies([await signInTo(server)])
  const page = await context.newPage()
  await page.goto(`${server.url}/${companyId}`)
  await expect(page.getByRole('row', { name: /Ada/ })).toBeVisible()
  await context.close()
})

test('the chart is read with the arrow keys, and shows a day or a week', async ({ page, server }) => {
  const { companyId, agentId } = await hireAgent(server.client, { command: '/bin/false' })
  const runId = await wake(server.client, agentId)
  await page.goto(`/${companyId}`)
  await expect.poll(async () => (await server.client.run.get.query({ runId })).status).toBe('failed')
  const chart = page.getByRole('group', { name: /Runs per hour/ })
  await expect(async () => {
    await chart.focus()
    await page.keyboard.press('ArrowLeft')
    await expect(chart.getByRole('status')).toContainText(/failed\s*1/)
  }).toPass()
  await page.getByRole('button', { name: '7 d' }).click()
  await expect(page.getByRole('group', { name: /the last 7 d/ })).toBeVisible()
})
