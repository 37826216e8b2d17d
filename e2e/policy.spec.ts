import { counting, expect, test } from './fixtures'

test('every page has a content security policy with a nonce, and the browser reports no violation', async ({
  page,
  openRun,
}) => {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.text().includes('Content Security Policy'))
      complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  const { path } = await openRun(counting())
  const [, companyId] = path.split('/')
  const paths = ['', '/agents/new', '/runs', '/wakeups', '/activity', '/servers', '/settings']
  for (const address of ['/', path, ...paths.map((each) => `/${companyId}${each}`)]) {
    const answer = await page.goto(address)
    const policy = answer?.headers()['content-security-policy'] ?? ''
    expect(policy).toMatch(/script-src 'self' 'nonce-[\w+/=]{20,}' 'strict-dynamic';/)
    expect(policy).not.toMatch(/(script|style)-src [^;]*unsafe/)
    await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible()
    const inline = await page.locator('script:not([src])').evaluateAll((all) => all.map((script) => script.nonce))
    expect(inline.length).toBeGreaterThan(0)
    expect(inline.every((nonce) => nonce !== '' && policy.includes(`'nonce-${nonce}'`))).toBe(true)
  }
  // Libraries insert style sheets while the page is used: menus and dialogs that lock scrolling, and toasts.
  await page.getByRole('button', { name: /^Company:/ }).click()
  await expect(page.getByRole('menu')).toBeVisible()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Find' }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  const locked = await page.evaluate(() => getComputedStyle(document.body).overflow)
  const hasToasts = await page.evaluate(() =>
    [...document.styleSheets].some(({ cssRules }) =>
      [...cssRules].some((rule) => rule.cssText.includes('sonner-toast')),
    ),
  )
  expect([locked, hasToasts]).toEqual(['hidden', true])
  expect(complaints).toEqual([])
})

test('an injected style sheet is not applied', async ({ page }) => {
  await page.goto('/')
  const heading = page.getByRole('heading', { level: 1 }).first()
  await expect(heading).toBeVisible()
  await page.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<style>h1 { display: none }</style>'))
  await expect(heading).toBeVisible()
})

test('an injected script does not run', async ({ page }) => {
  await page.goto('/')
  await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible()
  const ran = await page.evaluate(async () => {
    const refused = new Promise<void>((resolve) => {
      let left = 2
      document.addEventListener('securitypolicyviolation', () => --left === 0 && resolve())
    })
    document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="window.ranHandler = true">')
    const script = document.createElement('div')
    script.innerHTML = '<a href="javascript:window.ranLink=true" id="bad">x</a>'
    document.body.append(script)
    document.getElementById('bad')?.click()
    await refused
    return 'ranHandler' in window || 'ranLink' in window
  })
  expect(ran).toBe(false)
})
