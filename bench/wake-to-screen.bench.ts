import { chromium } from '@playwright/test'
import { findBrowser } from '@/scripts/browser'
import { ensureBuilt } from '@/scripts/ensure-built.mjs'
import { createSignInLink } from '@/server/identity/access/sign-in'
import { hireAgent, runThatIs } from '@/tests/scene'
import { startServer } from '@/tests/server'
import { p50AndP99 } from './figures'
import { withPlace } from './place'

/**
 * From a wakeup asked for in a browser to the first line of the run's log on its screen: the page goes to the run's page
 * as soon as it has the answer. `REVEILLE_BENCH_CALLS` sets how often (100).
 */
const calls = Number(process.env.REVEILLE_BENCH_CALLS ?? 100)

type Found = { runId: string; answeredMs: number; seenMs: number }

/** Runs in the page. */
async function wakeAndWatch({ agentId, companyId }: { agentId: string; companyId: string }): Promise<Found> {
  const { router } = (window as unknown as { next: { router: { push(path: string): void } } }).next
  const startedAt = performance.now()
  const answer = await fetch('/api/trpc/wakeup.create', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ agentId }),
  })
  const runId: string = (await answer.json()).result.data.run.id
  const answeredMs = performance.now() - startedAt
  router.push(`/${companyId}/runs/${runId}`)
  return await new Promise((resolve) => {
    const look = () => {
      const isThere = location.pathname.endsWith(runId)
      const log = isThere ? document.querySelector('[role=log]') : null
      if (!log?.textContent?.includes('a first line')) return
      watcher.disconnect()
      resolve({ runId, answeredMs, seenMs: performance.now() - startedAt })
    }
    const watcher = new MutationObserver(look)
    watcher.observe(document, { childList: true, subtree: true, characterData: true })
    look()
  })
}

await ensureBuilt()
const { E2E_CHROMIUM, LD_LIBRARY_PATH } = await findBrowser()
await withPlace(async ({ database: { sql }, databaseUrl }) => {
  const { client, url } = await startServer({ databaseUrl })
  const whose = await hireAgent(client, { command: '/bin/echo', args: ['a first line'] })
  const browser = await chromium.launch({
    executablePath: E2E_CHROMIUM,
    env: { ...process.env, ...(LD_LIBRARY_PATH && { LD_LIBRARY_PATH }) },
    args: ['--disable-dev-shm-usage', '--disable-gpu'],
  })
  const page = await browser.newPage()
  // The compiler of these benchmarks wraps functions in a helper that the page does not have.
  await page.addInitScript('globalThis.__name = (value) => value')
  await page.goto(await createSignInLink(sql, url))
  await page.getByRole('heading', { name: 'Companies' }).waitFor()
  await page.goto(`${url}/${whose.companyId}/runs`)
  const found: Found[] = []
  for (let call = 0; call < calls + 5; call++) {
    const one = await page.evaluate(wakeAndWatch, whose)
    await runThatIs(client, one.runId, 'succeeded')
    // The first calls warm everything up.
    if (call >= 5) found.push(one)
  }
  await browser.close()
  console.log(`wake-to-screen  asked in the page → answered   ${p50AndP99(found.map((one) => one.answeredMs))}`)
  console.log(
    `wake-to-screen  asked → first line on screen  ${p50AndP99(found.map((one) => one.seenMs))}  (${calls} times)`,
  )
})
