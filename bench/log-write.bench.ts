import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { createLocalLogStore } from '@/server/logs/local'

/**
 * One chatty child to a stored log, against a bare process that reads the same pipe and appends to a file.
 * `REVEILLE_BENCH_MIB` sets how much the child prints (1024). Each measurement is a process of its own.
 */
const mebibyte = 1024 ** 2
const totalBytes = Number(process.env.REVEILLE_BENCH_MIB ?? 1024) * mebibyte
const ratioGoal = 0.6
const growthGoalMib = 64

/** `mibPerSec` up to the last byte being in the file for a reader; what the sync at the end takes is `closeMs`. */
type Figures = { mibPerSec: number; closeMs: number; rssGrowthMib: number }

const chattyChild = `
  const fs = require('node:fs')
  const lines = Buffer.from('{"type":"assistant","text":"a line as agents print them: 0123456789, äöü"}\\n'.repeat(900))
  for (let left = ${totalBytes}; left > 0; ) left -= fs.writeSync(1, left < lines.length ? Buffer.alloc(left, '.') : lines)
`

/** Appends the pipe to a log; the answer ends it. */
const ways = {
  async ours(pipe: Readable, folder: string): Promise<() => Promise<void>> {
    const log = await createLocalLogStore({ dataDir: folder, maxBytes: 2 * totalBytes }).open(randomUUID())
    let stored = 0
    let isStored = () => {}
    log.onGrew((nextOffset) => {
      stored = nextOffset
      if (stored === totalBytes) isStored()
    })
    for await (const chunk of pipe) await log.append('stdout', chunk)
    if (stored < totalBytes) await new Promise<void>((resolve) => (isStored = resolve))
    return async () => void (await log.close())
  },
  async bare(pipe: Readable, folder: string): Promise<() => Promise<void>> {
    const file = openSync(join(folder, 'log'), 'a')
    for await (const chunk of pipe) writeSync(file, chunk)
    return async () => closeSync(file)
  },
}

async function measure(way: keyof typeof ways): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'reveille-bench-'))
  spawnSync('sync')
  const rssBefore = process.memoryUsage.rss()
  let rssMost = rssBefore
  const sampling = setInterval(() => {
    rssMost = Math.max(rssMost, process.memoryUsage.rss())
  }, 10)
  const startedAt = performance.now()
  const child = spawn(process.execPath, ['-e', chattyChild], { stdio: ['ignore', 'pipe', 'inherit'] })
  const close = await ways[way](child.stdout, folder)
  const storedAt = performance.now()
  await close()
  const closeMs = performance.now() - storedAt
  clearInterval(sampling)
  rmSync(folder, { recursive: true })
  const mibPerSec = totalBytes / mebibyte / ((storedAt - startedAt) / 1000)
  return { mibPerSec, closeMs, rssGrowthMib: (rssMost - rssBefore) / mebibyte }
}

function measureApart(way: keyof typeof ways): Figures {
  const args = ['--import', 'tsx', fileURLToPath(import.meta.url), way]
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  return JSON.parse(stdout)
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

const way = process.argv[2]
if (way === 'ours' || way === 'bare') {
  process.stdout.write(JSON.stringify(await measure(way)))
} else {
  const rounds = [1, 2, 3].map(() => ({ ours: measureApart('ours'), bare: measureApart('bare') }))
  const ours = median(rounds.map((round) => round.ours.mibPerSec))
  const bare = median(rounds.map((round) => round.bare.mibPerSec))
  const growth = Math.max(...rounds.map((round) => round.ours.rssGrowthMib))
  const bareGrowth = Math.max(...rounds.map((round) => round.bare.rssGrowthMib))
  const closeMs = median(rounds.map((round) => round.ours.closeMs))
  const size = `${totalBytes / mebibyte} MiB`
  console.log(
    `log-write  ours ${ours.toFixed(0)} MiB/s  bare ${bare.toFixed(0)} MiB/s  ratio ${(ours / bare).toFixed(2)}  goal ${ratioGoal}`,
  )
  console.log(
    `log-write  memory for ${size}: ours +${growth.toFixed(0)} MiB  bare +${bareGrowth.toFixed(0)} MiB  goal ${growthGoalMib} MiB`,
  )
  console.log(`log-write  close (sync of ${size}) ${closeMs.toFixed(0)} ms`)
}
