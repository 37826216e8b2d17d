import { hireAgent } from '@/tests/scene'
import { expect, test } from './fixtures'

test('the activity log shows who changed what, is filtered by clicking, and downloads the filtered entries', async ({
  page,
  server,
}) => {
  const { companyId, agentId } = await hireAgent(server.client, { command: 'true' })
  await server.client.agent.update.mutate({ agentId, name: 'Grace' })
  await server.client.secret.set.mutate({ companyId, name: 'VAULT', value: 'a value that is never shown' })
  await page.goto(`/${companyId}/activity`)
  const rows = page.getByRole('table', { name: 'Activity' }).getByRole('row')
  await expect(rows.filter({ hasText: 'REVEILLE_TOKEN' })).toHaveCount(4)
  await expect(page.getByRole('row', { name: 'changed the agent Grace' })).toContainText('127.0.0.1')
  await rows.filter({ hasText: 'changed the agent' }).getByRole('button', { name: 'Grace' }).click()
  await expect(page).toHaveURL(/subjectId=/)
  await expect(rows).toHaveCount(3)
  await page.getByRole('button', { name: 'Show all' }).click()
  await expect(page).not.toHaveURL(/subjectId=/)
  await page.getByLabel('What happened').selectOption('Set the secret')
  await expect(rows).toHaveCount(2)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download CSV' }).click(),
  ])
  const parts: Buffer[] = []
  for await (const part of await download.createReadStream()) parts.push(part as Buffer)
  const csv = Buffer.concat(parts).toString()
  expect(csv.trim().split('\r\n')).toHaveLength(2)
  expect(csv).toContain('VAULT')
  expect(csv).not.toContain('never shown')
})
