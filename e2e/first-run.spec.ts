import { expect, test } from './fixtures'

test.use({ storageState: { cookies: [], origins: [] } })

test('an empty installation offers an example with running agents, which can be removed again', async ({
  page,
  newServer,
}) => {
  const server = await newServer()
  await page.goto(await server.signInLink())
  await page.getByRole('button', { name: 'See an example' }).click()
  await expect(page.getByRole('heading', { name: 'Board' })).toBeVisible()
  await expect(page.getByRole('row', { name: /Release notes/ })).toContainText('running')
  await expect(page.getByRole('row', { name: /Release notes/ })).toContainText(/\[\d\/6\]/)
  await expect(page.getByRole('link', { name: /Mirror sync failed/ })).toBeVisible()

  await page.getByRole('button', { name: 'Remove example' }).click()
  await page.getByRole('button', { name: 'Keep it' }).click()
  await page.getByRole('button', { name: 'Remove example' }).click()
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(page.getByText('No companies yet')).toBeVisible()
})
