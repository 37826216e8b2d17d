import { chromium, type Page } from '@playwright/test'
import { findBrowser } from '@/scripts/browser'
import { ensureBuilt } from '@/scripts/ensure-built.mjs'
import { createSignInLink } from '@/server/identity/access/sign-in'
import { hireAgent, runThatIs, wake } from '@/tests/scene'
import { startServer } from '@/tests/server'
import { withPlace } from './place'

/** Frames a second while a log of 1,000,000 lines is scrolled by the wheel, against the same browser on an empty page. */
const script = 'seq -f "line %.0f of a log that is a million lines long" 1 1000000'
const forMs = 3_000

await ensureBuilt()
const { E2E_CHROMIUM, LD_LIBRARY_PATH } = await findBrowser()
await withPlace(async ({ database: { sql }, databaseUrl }) => {
  const { client, url } = await startServer({ databaseUrl })
  const { agentId, companyId } = await hireAgent(client, { command: '/bin/sh', args: ['-c', script] })
  const runId = await wake(client, agentId)
  await runThatIs(client, runId, 'succeeded', 60_000)
  const browser = await chromium.launch({
    executablePath: E2E_CHROMIUM,
    env: { ...process.env, ...(LD_LIBRARY_PATH && { LD_LIBRARY_PATH }) },
    args: ['--disable-dev-shm-usage', '--disable-gpu'],
  })
  const page = await browser.newPage()
  await page.addInitScript('globalThis.__name = (value) => value')
  await page.goto(await createSignInLink(sql, url))
  await page.getByRole('heading', { name: 'Companies' }).waitFor()
  await page.setContent('<div style="height: 8000000px"></div>')
  const bare = await framesWhileScrolling(page)
  await page.goto(`${url}/${companyId}/runs/${runId}#L300000`)
  await page.getByText('line 300000 of').waitFor()
  const log = await framesWhileScrolling(page)
  const rows = await page.locator('[data-row]').count()
  const ratio = (log.perSecond / bare.perSecond).toFixed(2)
  console.log(`log-scroll  empty page ${told(bare)}`)
  console.log(`log-scroll  1,000,000 lines ${told(log)}  ratio ${ratio}  goal 60 a second  (${rows} rows in the page)`)
  await browser.close()
})

type Frames = { perSecond: number; longestMs: number }

async function framesWhileScrolling(page: Page): Promise<Frames> {
  await page.evaluate(countFrames)
  await page.mouse.move(500, 400)
  const until = performance.now() + forMs
  while (performance.now() < until) await page.mouse.wheel(0, 120)
  const times = await page.evaluate(() => (window as unknown as { frames: number[] }).frames)
  const gaps = times.slice(1).map((time, at) => time - (times[at] ?? time))
  const tookMs = gaps.reduce((sum, gap) => sum + gap, 0)
  return { perSecond: (1000 * gaps.length) / tookMs, longestMs: Math.max(...gaps) }
}

/** Runs in the page. */
function countFrames() {
  const seen = window as unknown as { frames: number[] }
  seen.frames = []
  const frame = (time: number) => {
    seen.frames.push(time)
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
}

function told({ perSecond, longestMs }: Frames): string {
  return `${perSecond.toFixed(1)} frames/s, longest ${longestMs.toFixed(0)} ms`
}
