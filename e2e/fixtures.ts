import { join } from 'node:path'
import { test as base, expect, type Page } from '@playwright/test'
import { openClient } from '@/db/connection'
import { embeddedConnection } from '@/db/embedded/location'
import { packageRoot } from '@/db/package-root'
import { createSignInLink } from '@/server/identity/access/sign-in'
import { hireAgent, type Program, wake } from '@/tests/scene'
import { endServers, type ServerOptions, startServer, type TestServer } from '@/tests/server'

export { expect }

export const checkout = packageRoot()

type WorkerFixtures = {
  /** The server of this worker, with an embedded PostgreSQL. */
  server: TestServer
  /** Starts another server, for tests that kill or change theirs. */
  newServer(options?: ServerOptions): Promise<TestServer>
}

type TestFixtures = {
  /** Wakes a new agent that runs `program`, and opens the page of the run. */
  openRun(program: Program, on?: TestServer): Promise<{ runId: string; path: string }>
}

/** Pages are signed in as the owner, unless a test sets `storageState` itself. */
export const test = base.extend<TestFixtures, WorkerFixtures>({
  newServer: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's dependencies from the destructuring
    async ({}, use) => {
      await use((options) => startServer({ programs: join(checkout, 'dist'), ...options }))
      await endServers()
    },
    { scope: 'worker', timeout: 300_000 },
  ],
  server: [async ({ newServer }, use) => use(await newServer()), { scope: 'worker', timeout: 300_000 }],
  baseURL: async ({ server }, use) => use(server.url),
  storageState: async ({ server }, use) => use({ cookies: [await signInTo(server)], origins: [] }),
  openRun: async ({ page, server }, use) => {
    await use(async (program, on = server) => {
      const { agentId, companyId } = await hireAgent(on.client, program)
      const runId = await wake(on.client, agentId)
      const path = `/${companyId}/runs/${runId}`
      await page.goto(`${on.url}${path}`)
      return { runId, path }
    })
  },
})

/** The cookie of a browser that has opened a sign-in link. */
export async function signInTo({ url, dataDir }: TestServer) {
  const sql = databaseOf({ dataDir })
  const link = new URL(await createSignInLink(sql, url))
  await sql.end()
  const answer = await fetch(`${url}/api/sign-in`, { method: 'POST', redirect: 'manual', body: link.searchParams })
  const [name = '', value = ''] = (answer.headers.get('set-cookie') ?? '').split(';')[0]?.split('=') ?? []
  const { hostname } = new URL(url)
  const expires = Date.now() / 1000 + 3600
  return { name, value, domain: hostname, path: '/', expires, httpOnly: true, secure: false, sameSite: 'Lax' } as const
}

/** A connection to a server's database, for data that the API cannot create, such as past runs. The caller ends it. */
export function databaseOf({ dataDir }: Pick<TestServer, 'dataDir'>) {
  return openClient(embeddedConnection(dataDir), { max: 1, applicationName: 'e2e' })
}

/**
 * Takes a picture for docs/images, on request: `REVEILLE_PICTURES=1 npm test -- --only e2e`. A `height` of 700 leaves
 * out the command of a run, which names local folders.
 */
export async function takePicture(page: Page, name: string, height: number) {
  if (!process.env.REVEILLE_PICTURES) return
  await page.setViewportSize({ width: 1280, height })
  await page.emulateMedia({ colorScheme: 'light' })
  const later = page.getByRole('button', { name: 'Later' })
  if (await later.isVisible()) await later.click()
  await expect(page.locator('[data-sonner-toast]')).toHaveCount(0)
  await page.screenshot({ path: join(checkout, 'docs', 'images', `${name}.png`) })
}

/** The text of the log on a page, without line numbers and times. */
export async function logText(page: Page): Promise<string> {
  return (await page.getByRole('log').textContent()) ?? ''
}

/** Whether the lines that the page holds are numbered without a gap. A long log is held in part. */
export function isCounting(text: string): boolean {
  const numbers = text.split('\n').flatMap((line) => (line === '' ? [] : [Number(line.replace('line ', ''))]))
  return numbers.every((number, at) => number === (numbers[0] ?? 0) + at)
}

/** The number of the last line that the page holds; 0 before the first. */
export async function lastLine(page: Page): Promise<number> {
  return Number((await logText(page)).trimEnd().split('\n').at(-1)?.replace('line ', '') || 0)
}

/** The number of the last of the numbered lines that take this many bytes. */
export function lastLineWithin(bytes: number): number {
  let line = 0
  for (let left = bytes; left > 0; left -= `line ${line}\n`.length) line++
  return line
}

/** Prints numbered lines until it is cancelled. */
export function counting(perSecond = 8): Program {
  const script = `let i = 0; setInterval(() => console.log('line ' + ++i), ${1000 / perSecond})`
  return { command: process.execPath, args: ['-e', script] }
}
