import { expect, test } from './fixtures'

const password = 'correct horse battery'

test('a person who signed in by the link is asked for an e-mail and a password, and then signs in with them', async ({
  page,
  browser,
  newServer,
}) => {
  const server = await newServer()
  await page.context().clearCookies()
  await page.goto(await server.signInLink())
  const reminder = page.getByRole('complementary', { name: 'Password' })
  await expect(reminder).toBeVisible()
  await reminder.getByRole('link', { name: 'Choose' }).click()
  await page.getByLabel('Name').fill('Grace Hopper')
  await page.getByLabel('E-mail').fill('grace@example.com')
  await page.getByLabel('Choose a password').fill(password)
  await page.getByRole('button', { name: 'Save e-mail and password' }).click()
  await expect(page.getByText('From now on you sign in')).toBeVisible()

  const other = await (await browser.newContext({ baseURL: server.url })).newPage()
  await other.goto(`${server.url}/account`)
  await expect(other).toHaveURL(/\/sign-in\?next=%2Faccount$/)
  await other.getByLabel('E-mail').fill('grace@example.com')
  await other.getByLabel('Password').fill('not the one')
  await other.getByRole('button', { name: 'Sign in' }).click()
  await expect(other.getByText('The e-mail or the password is wrong.')).toBeVisible()
  await other.getByLabel('Password').fill(password)
  await other.getByRole('button', { name: 'Sign in' }).click()
  await expect(other.getByRole('heading', { name: 'Account' })).toBeVisible()
  await expect(other.getByRole('complementary', { name: 'Password' })).toBeHidden()

  await page.reload()
  await expect(page.getByRole('list', { name: 'Signed-in browsers' }).getByRole('listitem')).toHaveCount(2)
  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click()
  await expect(page).toHaveURL(/\/sign-in$/)
  await other.reload()
  await expect(other).toHaveURL(/\/sign-in/)
})

test('an invited viewer can only read, until an owner gives them another role', async ({ page, browser, server }) => {
  const { id: companyId } = await server.client.company.create.mutate({ name: 'Northwind' })
  await page.goto(`/${companyId}/settings`)
  await page.getByRole('button', { name: 'Invite' }).click()
  await page.getByLabel('E-mail').fill('ada@example.com')
  await page.getByRole('dialog').getByLabel('Role').selectOption('viewer')
  await page.getByRole('button', { name: 'Create link' }).click()
  const link = (await page.getByRole('dialog').locator('code').textContent()) ?? ''
  await page.getByRole('button', { name: 'Done' }).click()

  const ada = await (await browser.newContext({ baseURL: server.url, storageState: undefined })).newPage()
  await ada.goto(link)
  await expect(ada.getByRole('heading', { name: 'Join Northwind' })).toBeVisible()
  await ada.getByLabel('Your name').fill('Ada Lovelace')
  await ada.getByLabel('Choose a password').fill('short')
  await ada.getByRole('button', { name: 'Join' }).click()
  await expect(ada.getByText('must have at least 10 characters')).toBeVisible()
  await ada.getByLabel('Choose a password').fill(password)
  await ada.getByRole('button', { name: 'Join' }).click()
  await ada.getByRole('link', { name: 'Northwind' }).click()
  await ada.goto(`/${companyId}/settings`)
  await expect(ada.getByText('Owners invite people')).toBeVisible()
  const rename = async (name: string) => {
    await ada.getByLabel('Name').first().fill(name)
    await ada.getByRole('button', { name: 'Save changes' }).click()
  }
  await expect(ada.getByLabel('Name').first()).toBeDisabled()
  await expect(ada.getByRole('button', { name: 'Save changes' })).toBeHidden()

  await page.getByLabel('Role of ada@example.com').or(page.getByLabel('Role of Ada Lovelace')).first().waitFor()
  await page.reload()
  await page.getByLabel('Role of Ada Lovelace').selectOption('operator')
  await expect(page.getByText('Ada Lovelace now has the role operator.')).toBeVisible()
  await ada.reload()
  await rename('Southwind')
  await expect(ada.getByText('Saved.')).toBeVisible()
  await ada.getByRole('button', { name: 'Undo' }).click()
  await expect(ada.getByText('Change undone.')).toBeVisible()
  await expect(ada.getByLabel('Name').first()).toHaveValue('Northwind')

  await page.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByLabel('Role of Ada Lovelace')).toBeHidden()
  await expect(ada.getByText('No company with this id.').first()).toBeVisible()
  await ada.goto(link)
  await expect(ada.getByText('This invitation was used')).toBeVisible()
})

test('a personal token is shown once, is limited to its role, and is revoked', async ({ page, server }) => {
  await page.goto('/account')
  await page.getByRole('button', { name: 'New token' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('The nightly job')
  await page.getByRole('dialog').getByLabel('Role').selectOption('viewer')
  await page.getByRole('button', { name: 'Create token' }).click()
  const token = (await page.getByRole('dialog').locator('code').textContent()) ?? ''
  await page.getByRole('button', { name: 'Done' }).click()
  await page.reload()
  await expect(page.getByText('The nightly job')).toBeVisible()
  expect(await page.content()).not.toContain(token)

  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const list = () => fetch(`${server.url}/api/trpc/company.list`, { headers })
  const create = () =>
    fetch(`${server.url}/api/trpc/company.create`, { method: 'POST', headers, body: '{"name":"More"}' })
  expect([(await list()).status, (await create()).status]).toEqual([200, 403])
  await page.getByRole('button', { name: 'Revoke' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await expect(page.getByText(/revoked/)).toBeVisible()
  expect((await list()).status).toBe(401)
})
