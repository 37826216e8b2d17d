import { gzipSync } from 'node:zlib'
import { type Browser, chromium, type Page } from '@playwright/test'
import type { RawSql } from '@/db/client'
import { findBrowser } from '@/scripts/browser'
import { ensureBuilt } from '@/scripts/ensure-built.mjs'
import { createSignInLink } from '@/server/identity/access/sign-in'
import { rollUp } from '@/server/insight/statistics/roll-up'
import { startServer } from '@/tests/server'
import { median, p50AndP99 } from './figures'
import { withPlace } from './place'
import { seedCompany } from './seed'

/**
 * The board of a company with 10,000 agents and a million runs of the last two weeks: from the navigation to its first
 * content, and to where the page answers. `REVEILLE_BENCH_AGENTS` and `REVEILLE_BENCH_RUNS` set how many there are.
 */
const agents = Number(process.env.REVEILLE_BENCH_AGENTS ?? 10_000)
const runs = Number(process.env.REVEILLE_BENCH_RUNS ?? 1_000_000)
const visits = 7
const limits = { contentMs: 1_000, interactiveMs: 1_500, gzippedBytes: 250_000 }

await ensureBuilt()
const { E2E_CHROMIUM, LD_LIBRARY_PATH } = await findBrowser()
await withPlace(async ({ database: { sql }, databaseUrl }) => {
  const companyId = await seedCompany(sql, { agents, runs })
  console.log(`board  ${agents} agents and ${runs} runs are there`)
  await measureRollUp(sql)
  const { url, client } = await startServer({ databaseUrl })
  const calls = { get: () => client.board.get.query({ companyId }), history: historyOf(168) }
  function historyOf(hours: number) {
    return () => client.board.history.query({ companyId, hours })
  }
  for (const [name, call] of Object.entries(calls)) console.log(`board  board.${name}  ${await timed(call)}`)
  const browser = await chromium.launch({
    executablePath: E2E_CHROMIUM,
    env: { ...process.env, ...(LD_LIBRARY_PATH && { LD_LIBRARY_PATH }) },
    args: ['--disable-dev-shm-usage', '--disable-gpu'],
  })
  await visitBoards(browser, { signInLink: await createSignInLink(sql, url), board: `${url}/${companyId}` })
  await browser.close()
})

async function measureRollUp(sql: RawSql) {
  const startedAt = performance.now()
  await rollUp(sql)
  console.log(`board  counted into hours in ${Math.round(performance.now() - startedAt)} ms`)
}

async function timed(call: () => Promise<unknown>): Promise<string> {
  const took: number[] = []
  for (let at = 0; at < 25; at++) {
    const startedAt = performance.now()
    await call()
    if (at >= 5) took.push(performance.now() - startedAt)
  }
  return p50AndP99(took)
}

type Visit = { contentMs: number; interactiveMs: number; scripts: number }

async function visitBoards(browser: Browser, { signInLink, board }: { signInLink: string; board: string }) {
  const context = await browser.newContext()
  const first = await context.newPage()
  await first.goto(signInLink)
  await first.getByRole('heading', { name: 'Companies' }).waitFor()
  const { cookies } = await context.storageState()
  await context.close()
  const found: Visit[] = []
  for (let at = 0; at < visits; at++) {
    // Each visit is a browser that has nothing yet.
    const fresh = await browser.newContext()
    await fresh.addCookies(cookies)
    found.push(await visit(await fresh.newPage(), board))
    await fresh.close()
  }
  tell('first content', median(found.map((one) => one.contentMs)), limits.contentMs, 'ms')
  tell('interactive', median(found.map((one) => one.interactiveMs)), limits.interactiveMs, 'ms')
  tell('JavaScript, gzipped', median(found.map((one) => one.scripts)), limits.gzippedBytes, 'bytes')
}

/** First content is the first row of an agent; interactive is where the page has been quiet for 50 ms after it. */
async function visit(page: Page, address: string): Promise<Visit> {
  let scripts = 0
  const sizes: Promise<void>[] = []
  page.on('response', (response) => {
    if (response.request().resourceType() !== 'script') return
    sizes.push(
      response.body().then((body) => {
        scripts += gzipSync(body).length
      }),
    )
  })
  await page.addInitScript(watch)
  await page.goto(address)
  const times = await page.waitForFunction(() => {
    const seen = window as unknown as { contentAt?: number; lastTaskAt?: number }
    const { contentAt, lastTaskAt = 0 } = seen
    if (contentAt === undefined) return null
    const quietFrom = Math.max(contentAt, lastTaskAt)
    return performance.now() - quietFrom > 500 ? { contentMs: contentAt, interactiveMs: quietFrom } : null
  })
  await Promise.all(sizes)
  return { ...((await times.jsonValue()) as { contentMs: number; interactiveMs: number }), scripts }
}

/** Runs in the page, before anything of it. */
function watch() {
  const seen = window as unknown as { contentAt?: number; lastTaskAt?: number }
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) seen.lastTaskAt = task.startTime + task.duration
  }).observe({ type: 'longtask', buffered: true })
  const watcher = new MutationObserver(() => {
    if (!document.querySelector('table[aria-label=Agents] tbody tr')) return
    watcher.disconnect()
    requestAnimationFrame(() => {
      seen.contentAt = performance.now()
    })
  })
  watcher.observe(document, { childList: true, subtree: true })
}

function tell(what: string, value: number, limit: number, unit: string) {
  console.log(`board  ${what}  ${Math.round(value)} ${unit} of ${limit} (${(value / limit).toFixed(2)})`)
  if (value > limit) process.exitCode = 1
}
