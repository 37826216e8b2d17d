import { randomUUID } from 'node:crypto'
import { mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalLogStore } from '@/server/logs/local'
import { logFolder } from '@/server/logs/local-files'
import { packLog } from '@/server/logs/packed'
import { p50AndP99, quantile } from './figures'

/**
 * The last 200 lines of a log of 1 GB, and a page from its middle, as files and compressed; against reading as many bytes
 * from the end of a file. `REVEILLE_BENCH_MIB` sets how long the log is (1024), `REVEILLE_BENCH_CALLS` how often (100).
 */
const mebibyte = 1024 ** 2
const totalBytes = Number(process.env.REVEILLE_BENCH_MIB ?? 1024) * mebibyte
const calls = Number(process.env.REVEILLE_BENCH_CALLS ?? 100)
const goalMs = 300
const page = { lines: 200, limitBytes: 262_144 }

const dataDir = mkdtempSync(join(tmpdir(), 'reveille-bench-'))
const store = createLocalLogStore({ dataDir, maxBytes: 2 * totalBytes })
const runId = randomUUID()
const folder = logFolder(dataDir, runId)

async function write() {
  const log = await store.open(runId)
  let at = 0
  for (let bytes = 0; bytes < totalBytes; ) {
    const lines = Array.from({ length: 800 }, () => `line ${at++}: a line as agents print them, 0123456789, äöü\n`)
    const chunk = Buffer.from(lines.join(''))
    bytes += chunk.length
    await log.append('stdout', chunk)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { lines: at, totals: await log.close() }
}

async function timed(work: () => unknown): Promise<number[]> {
  const taken: number[] = []
  for (let call = 0; call < calls; call++) {
    const startedAt = performance.now()
    await work()
    taken.push(performance.now() - startedAt)
  }
  return taken
}

async function measure(what: string, lines: number, bareMs: number) {
  const end = await timed(() => store.lines(runId, { ...page, at: { last: page.lines } }))
  const middle = await timed(() => store.lines(runId, { ...page, at: { line: Math.ceil(Math.random() * lines) } }))
  const ratio = (quantile(end, 0.5) / bareMs).toFixed(1)
  console.log(`log-open-end  ${what}: the end ${p50AndP99(end)}  ${ratio} times a bare read  goal ${goalMs} ms`)
  console.log(`log-open-end  ${what}: anywhere ${p50AndP99(middle)}`)
}

const { lines, totals } = await write()
const file = openSync(join(folder, 'log'), 'r')
const tail = Buffer.alloc(page.lines * 64)
const bareMs = quantile(await timed(() => readSync(file, tail, 0, tail.length, totals.bytes - tail.length)), 0.5)
await measure(`${Math.round(totals.bytes / mebibyte)} MiB`, lines, bareMs)
const startedAt = performance.now()
await packLog(folder, totals)
console.log(`log-open-end  compressed in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
await measure('compressed', lines, bareMs)
rmSync(dataDir, { recursive: true })
