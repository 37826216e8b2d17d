import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTestClient } from '@/tests/client'
import { createProxy } from '@/tests/proxy'
import { hireAgent, runThatIs, wake } from '@/tests/scene'
import { startServer } from '@/tests/server'
import { withPlace } from './place'

/**
 * A viewer whose connection is cut 100 times while 100 MB stream: what it got has the hash that the run has recorded.
 * Against the same stream without a cut. `REVEILLE_BENCH_MB` and `REVEILLE_BENCH_CUTS` set how much and how often.
 */
const megabytes = Number(process.env.REVEILLE_BENCH_MB ?? 100)
const cuts = Number(process.env.REVEILLE_BENCH_CUTS ?? 100)

const script = `
  let at = 0
  for (let left = ${megabytes * 1_000_000}; left > 0; ) {
    const lines = Array.from({ length: 500 }, () => 'line ' + at++ + ': größer, 日本語, 🚀 ' + 'x'.repeat(at % 80)).join('\\n') + '\\n'
    left -= require('node:fs').writeSync(1, lines)
  }`

/** Cuts whenever another hundredth has come, so that all cuts fall within the stream. */
async function streamed(times: number) {
  const server = await startServer({ databaseUrl })
  const proxy = await createProxy(server.url)
  const { client, close } = createTestClient(proxy.url, server.token)
  const { agentId } = await hireAgent(server.client, { command: process.execPath, args: ['-e', script] })
  const runId = await wake(server.client, agentId)
  const hash = createHash('sha256')
  const startedAt = performance.now()
  let bytes = 0
  let done = 0
  const ended = new Promise<void>((resolve, reject) => {
    client.run.onLog.subscribe(
      { runId },
      {
        onData({ data }) {
          hash.update(data.chunk)
          bytes = data.nextOffset
        },
        onComplete: resolve,
        onError: reject,
      },
    )
  })
  const cutting = (async () => {
    for (; done < times; done++) {
      while (bytes < (done / times) * megabytes * 990_000 || bytes === 0) await sleep(2)
      proxy.cut()
    }
  })()
  await Promise.all([ended, cutting])
  const sec = (performance.now() - startedAt) / 1000
  const run = await runThatIs(server.client, runId, 'succeeded', 120_000)
  close()
  await proxy.close()
  await server.stop()
  return { sec, cuts: done, isEqual: hash.digest('hex') === run.logSha256, bytes: run.logBytes ?? 0 }
}

let databaseUrl = ''
await withPlace(async (place) => {
  databaseUrl = place.databaseUrl
  const straight = await streamed(0)
  const cut = await streamed(cuts)
  console.log(
    `log-reconnects  ${(cut.bytes / 1e6).toFixed(0)} MB, ${cut.cuts} cuts: sha256 ${cut.isEqual ? 'equal' : 'DIFFERENT'}  ${cut.sec.toFixed(1)} s  without cuts ${straight.sec.toFixed(1)} s (${straight.isEqual ? 'equal' : 'DIFFERENT'})  ratio ${(cut.sec / straight.sec).toFixed(1)}`,
  )
  if (!cut.isEqual || !straight.isEqual) process.exitCode = 1
})
