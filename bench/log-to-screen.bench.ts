import { spawn } from 'node:child_process'
import { chromium } from '@playwright/test'
import { findBrowser } from '@/scripts/browser'
import { ensureBuilt } from '@/scripts/ensure-built.mjs'
import { createSignInLink } from '@/server/identity/access/sign-in'
import { hireAgent, runThatIs, wake } from '@/tests/scene'
import { startServer } from '@/tests/server'
import { p50AndP99, quantile } from './figures'
import { withPlace } from './place'
import { openViewer } from './viewers'

/**
 * From a child's write to its text in the DOM of the run's page, with one viewer and with 200 others; against the same
 * write read by a bare parent through the pipe. `REVEILLE_BENCH_CALLS` sets how many lines (200).
 */
const lines = Number(process.env.REVEILLE_BENCH_CALLS ?? 200)
const goal = 'goal p50 40 ms  p99 150 ms'

const child = `
  let at = 0
  setTimeout(() => {
    const timer = setInterval(() => {
      process.stdout.write('mark ' + at + ' ' + (performance.timeOrigin + performance.now()).toFixed(3) + ' \\n')
      if (++at === ${lines}) clearInterval(timer)
    }, 50)
  }, Number(process.argv[1]))`

/** The same lines, read from the pipe and nothing more. */
async function bareMarks(): Promise<number[]> {
  const bare = spawn(process.execPath, ['-e', child, '500'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const taken: number[] = []
  for await (const bytes of bare.stdout) {
    const now = performance.timeOrigin + performance.now()
    for (const [, at] of String(bytes).matchAll(/mark \d+ (\d+\.\d+)/g)) taken.push(now - Number(at))
  }
  return taken
}

/** Runs in the page: how long after its writing each line was in the DOM. */
function watchMarks(count: number): Promise<number[]> {
  const seen = new Map<string, number>()
  return new Promise((resolve) => {
    const look = () => {
      const now = performance.timeOrigin + performance.now()
      const text = document.querySelector('[role=log]')?.textContent ?? ''
      for (const [, mark = '', at] of text.matchAll(/mark (\d+) (\d+\.\d+)/g)) {
        if (!seen.has(mark)) seen.set(mark, now - Number(at))
      }
      if (!seen.has(String(count - 1))) return
      watcher.disconnect()
      resolve([...seen.values()])
    }
    const watcher = new MutationObserver(look)
    watcher.observe(document, { childList: true, subtree: true, characterData: true })
    look()
  })
}

await ensureBuilt()
const { E2E_CHROMIUM, LD_LIBRARY_PATH } = await findBrowser()
await withPlace(async ({ database: { sql }, databaseUrl }) => {
  const server = await startServer({ databaseUrl })
  const { client, url } = server
  const browser = await chromium.launch({
    executablePath: E2E_CHROMIUM,
    env: { ...process.env, ...(LD_LIBRARY_PATH && { LD_LIBRARY_PATH }) },
    args: ['--disable-dev-shm-usage', '--disable-gpu'],
  })
  const page = await browser.newPage()
  await page.addInitScript('globalThis.__name = (value) => value')
  await page.goto(await createSignInLink(sql, url))
  await page.getByRole('heading', { name: 'Companies' }).waitFor()
  const bare = await bareMarks()
  for (const others of [0, 200]) {
    const command = { command: process.execPath, args: ['-e', child, '6000'] }
    const { agentId, companyId } = await hireAgent(client, command)
    const runId = await wake(client, agentId)
    const open = () => openViewer(url, server.token, 'run.onLog', { runId })
    const viewers = await Promise.all(Array.from({ length: others }, open))
    await page.goto(`${url}/${companyId}/runs/${runId}`)
    const taken = await page.evaluate(watchMarks, lines)
    await runThatIs(client, runId, 'succeeded')
    for (const viewer of viewers) viewer.leave()
    const ratio = (quantile(taken, 0.5) / quantile(bare, 0.5)).toFixed(1)
    console.log(
      `log-to-screen  ${others} others: write → DOM ${p50AndP99(taken)}  (${taken.length} of ${lines} lines)  ${goal}`,
    )
    console.log(`log-to-screen  ${others} others: write → bare parent ${p50AndP99(bare)}  ratio ${ratio}`)
  }
  await browser.close()
})
