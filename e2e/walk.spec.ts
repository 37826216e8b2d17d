import { readdirSync } from 'node:fs'
import { join, sep } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { test as base, checkout, expect } from './fixtures'
import { seedWalk, type WalkScene } from './walk-scene'

/** Screenshots are kept here, for example `.cache/walk/1280-dark/runs.png`. */
const screenshots = join(checkout, '.cache', 'walk')

const test = base.extend<object, { scene: WalkScene }>({
  scene: [async ({ server }, use) => use(await seedWalk(server)), { scope: 'worker', timeout: 300_000 }],
})

/** Every page that has a file, so that new pages are included, and some with other data. */
function pagesOf({ companyId, emptyId, agentId, costlyId, runIds }: WalkScene): Record<string, string> {
  const files = readdirSync(join(checkout, 'app'), { recursive: true }).map(String)
  const routes = files.filter((file) => file.endsWith(`${sep}page.tsx`) && !file.split(sep).some(isPrivate))
  const values: Record<string, string> = { companyId, agentId, runId: runIds.failed }
  const found = routes.map((file) => {
    const route = file.split(sep).slice(0, -1)
    const path = route.map((part) => part.replace(/^\[(\w+)\]$/, (whole, name) => values[name] ?? whole)).join('/')
    return [route.join('-').replaceAll(/[[\]]/g, ''), `/${path}`] as const
  })
  const run = (id: string) => `/${companyId}/runs/${id}`
  return {
    companies: '/',
    ...Object.fromEntries(found),
    'runs-timeline': `/${companyId}/runs?view=timeline`,
    'runs-none': `/${companyId}/runs?text=nothing-like-this`,
    ...Object.fromEntries(
      ['', '/agents', '/runs', '/wakeups', '/costs', '/inbox', '/activity', '/settings'].map((path) => [
        `empty-${path.slice(1) || 'board'}`,
        `/${emptyId}${path}`,
      ]),
    ),
    'agent-costly': `/${companyId}/agents/${costlyId}`,
    'agent-costs': `/${companyId}/agents/${costlyId}/costs?period=30d&by=model`,
    'agent-configuration': `/${companyId}/agents/${costlyId}/configuration`,
    'costs-by-agent': `/${companyId}/costs?period=30d&by=agent`,
    'run-long': run(runIds.long),
    'run-live': run(runIds.live),
    nowhere: '/nowhere/at/all',
  }
}

function isPrivate(part: string): boolean {
  return part.startsWith('_')
}

/** Errors and warnings on the page's console, and exceptions. */
function consoleErrorsOf(page: Page): string[] {
  const consoleErrors: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') consoleErrors.push(message.text())
  })
  page.on('pageerror', (error) => consoleErrors.push(String(error)))
  return consoleErrors
}

async function accessibilityIssuesOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`)
}

for (const theme of ['light', 'dark'] as const) {
  for (const width of [390, 1280, 2560]) {
    test(`every page has no errors, accessibility issues or overflow at ${width} px in the ${theme} theme`, async ({
      page,
      scene,
    }) => {
      await page.setViewportSize({ width, height: width === 390 ? 844 : width === 1280 ? 800 : 1300 })
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
      await page.addInitScript(() => sessionStorage.setItem('reveille.password-later', 'yes'))
      const consoleErrors = consoleErrorsOf(page)
      for (const [name, path] of Object.entries(pagesOf(scene))) {
        await page.goto(path)
        await expect(page.locator('h1').first()).toBeVisible()
        await expect(page.locator('[role=status][aria-label=Loading]')).toHaveCount(0)
        await expect(page.locator('.animate-pulse')).toHaveCount(0)
        if (name.startsWith('run-')) await expect(page.locator('[data-line]').first()).toBeVisible()
        await page.screenshot({ path: join(screenshots, `${width}-${theme}`, `${name}.png`) })
        const isRefused = ['nowhere', 'invitation'].includes(name)
        const unexpected = consoleErrors
          .splice(0)
          .filter((text) => !(isRefused && text.includes('Failed to load resource')))
        expect.soft(unexpected, `${name}: console`).toEqual([])
        expect.soft(await accessibilityIssuesOf(page), `${name}: axe`).toEqual([])
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        expect.soft(sideways, `${name}: scrolls sideways`).toBeLessThanOrEqual(0)
      }
    })
  }
}
