import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { hireAgent, runThatIs, wake } from '@/tests/scene'
import { expect, test } from './fixtures'

test('a failing agent appears in the inbox by itself, and is reported to a webhook that was tested', async ({
  page,
  server,
}) => {
  const bodies: { kind: string; title: string }[] = []
  const receiver = createServer(async (request, response) => {
    bodies.push(JSON.parse(await text(request)))
    response.writeHead(204).end()
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const { companyId, agentId } = await hireAgent(server.client, { command: '/bin/false' })

  await page.goto(`/${companyId}/settings/notifications`)
  await page.getByLabel('Address').fill(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`)
  await page.getByRole('button', { name: 'Save webhook' }).click()
  await expect(page.getByRole('dialog')).toContainText('whsec_')
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('button', { name: 'Send a test' }).click()
  await expect(page.getByRole('row', { name: /Test notification/ })).toContainText('delivered')
  await page
    .getByRole('row', { name: /Test notification/ })
    .getByRole('button', { name: 'Send again' })
    .click()
  await expect(page.getByText('“Test notification” is being sent again.')).toBeVisible()
  await expect.poll(() => bodies.length).toBe(2)
  const threshold = page.getByLabel(/failed several times in a row: after/)
  await threshold.fill('2')
  await threshold.press('Enter')
  await expect
    .poll(async () => (await server.client.notification.settings.query({ companyId })).rules)
    .toContainEqual({ kind: 'agent_failing', threshold: 2, toBrowser: true, toWebhook: true })

  await page.getByRole('link', { name: 'Inbox' }).first().click()
  await expect(page.getByText('No notifications')).toBeVisible()
  for (let time = 0; time < 2; time++) await runThatIs(server.client, await wake(server.client, agentId))
  const row = page.getByRole('row', { name: /Ada failed 2 times in a row/ })
  await expect(row).toBeVisible()
  await expect(row).toContainText('unread')
  await page.getByRole('button', { name: 'Mark all read' }).click()
  await expect(row).not.toContainText('unread')
  await expect.poll(() => bodies.map(({ kind }) => kind)).toEqual(['test', 'test', 'agent_failing'])
  receiver.close()
})

test('a rule is saved at once, can be undone, and is reverted if it cannot be saved', async ({ page, server }) => {
  const { companyId } = await hireAgent(server.client, { command: '/bin/true' })
  const isOn = async () =>
    (await server.client.notification.settings.query({ companyId })).rules.find(({ kind }) => kind === 'run_failed')
      ?.toBrowser
  await page.goto(`/${companyId}/settings/notifications`)
  const box = page.getByLabel('A run failed or timed out: inbox')
  // `check` asserts right after the click: the box must be checked before the server has answered.
  await box.check()
  await expect.poll(isOn).toBe(true)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByText('Change undone.')).toBeVisible()
  await expect(box).not.toBeChecked()
  expect(await isOn()).toBe(false)

  await page.route('**/api/trpc/notification.setRule*', (route) => route.abort())
  await box.click()
  await expect(page.getByText(/^Not saved\./)).toBeVisible()
  await expect(box).not.toBeChecked()
})
