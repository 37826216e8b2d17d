import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { followLog, hireAgent, runThatIs, wake } from '@/tests/scene'
import { startServer, type TestServer } from '@/tests/server'
import { withPlace } from './place'
import { openViewer, rssMibOf, type Viewer } from './viewers'

/**
 * One run and many viewers: at 1 MB/s every byte to each of 100, with the run not slowed; then as fast as it goes, against
 * a bare tRPC subscription that pushes as many bytes to as many viewers. `REVEILLE_BENCH_VIEWERS` sets how many (100).
 */
const viewers = Number(process.env.REVEILLE_BENCH_VIEWERS ?? 100)
const pacedSec = Number(process.env.REVEILLE_BENCH_SEC ?? 15)
const pacedBytes = pacedSec * 1_000_000
const fastBytes = 5 * 1_000_000

const line = `${'a line as agents print them: 0123456789, äöü'.padEnd(63, '.')}\\n`
const paced = `
  const lines = Buffer.from('${line}'.repeat(154))
  let left = ${pacedBytes}
  const startedAt = performance.now()
  const timer = setInterval(() => {
    for (const due = ${pacedBytes} - (performance.now() - startedAt) * 1000; left > 0 && left > due; left -= lines.length)
      require('node:fs').writeSync(1, lines)
    if (left <= 0) clearInterval(timer)
  }, 10)`
const fast = `
  const lines = Buffer.from('${line}'.repeat(127))
  for (let left = ${fastBytes}; left > 0; ) left -= require('node:fs').writeSync(1, lines)
  setTimeout(() => {}, 100)`

async function carriedOut(server: TestServer, script: string, watching: number) {
  const { agentId } = await hireAgent(server.client, { command: process.execPath, args: ['-e', script] })
  const runId = await wake(server.client, agentId)
  const startedAt = performance.now()
  const open = () => openViewer(server.url, server.token, 'run.onLog', { runId })
  const all: Viewer[] = await Promise.all(Array.from({ length: watching }, open))
  let rssMib = 0
  const sampling = setInterval(() => {
    rssMib = Math.max(rssMib, rssMibOf(server.pid))
  }, 100)
  await Promise.all(all.map((viewer) => viewer.done))
  const sec = (performance.now() - startedAt) / 1000
  clearInterval(sampling)
  for (const viewer of all) viewer.leave()
  const run = await runThatIs(server.client, runId, 'succeeded', 120_000)
  const runSec = (Date.parse(String(run.finishedAt)) - Date.parse(String(run.startedAt))) / 1000
  const whole = all.filter((viewer) => viewer.bytes() === run.logBytes && viewer.faults() === 0).length
  return { sec, runSec, rssMib, whole, bytes: run.logBytes ?? 0 }
}

async function bareMbPerSec(): Promise<number> {
  const program = fileURLToPath(new URL('bare/trpc-push.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [port] = await once(child.stdout, 'data')
  const url = `http://127.0.0.1:${String(port).trim()}`
  const startedAt = performance.now()
  const open = () => openViewer(url, '', 'push', { bytes: fastBytes })
  const all = await Promise.all(Array.from({ length: viewers }, open))
  await Promise.all(all.map((viewer) => viewer.done))
  const sec = (performance.now() - startedAt) / 1000
  child.kill()
  return (fastBytes * viewers) / 1e6 / sec
}

await withPlace(async ({ databaseUrl }) => {
  const server = await startServer({ databaseUrl })
  await followLog(server.client, (await wakeEcho(server)).runId).done
  const alone = await carriedOut(server, paced, 0)
  const watched = await carriedOut(server, paced, viewers)
  const slower = (100 * (watched.runSec - alone.runSec)) / alone.runSec
  console.log(
    `log-fan-out  1 MB/s to ${viewers} viewers: whole for ${watched.whole}  run ${watched.runSec.toFixed(2)} s, alone ${alone.runSec.toFixed(2)} s (${slower.toFixed(1)} %, goal 10 %)  server at most ${watched.rssMib.toFixed(0)} MiB`,
  )
  const rushed = await carriedOut(server, fast, viewers)
  const ours = (rushed.bytes * viewers) / 1e6 / rushed.sec
  await server.stop()
  const bare = await bareMbPerSec()
  console.log(
    `log-fan-out  as fast as it goes: whole for ${rushed.whole}  ours ${ours.toFixed(0)} MB/s  bare tRPC ${bare.toFixed(0)} MB/s  ratio ${(ours / bare).toFixed(2)}  server at most ${rushed.rssMib.toFixed(0)} MiB`,
  )
})

async function wakeEcho({ client }: TestServer) {
  const { agentId } = await hireAgent(client, { command: '/bin/echo', args: ['warm'] })
  return { runId: await wake(client, agentId) }
}
