import { afterAll, expect, test } from 'vitest'
import { createLogDir, textOf } from './fixtures/log-dir'
import { followLog } from './follow'
import { createNotifier } from './notifier'
import { createSharedReads } from './shared-reads'

const dir = await createLogDir()
afterAll(() => dir.remove())

test('viewers that are woken together read once, and each gets every byte at once', async () => {
  const runId = dir.runId()
  const log = await dir.store.open(runId)
  const notifier = createNotifier({ silenceMs: 60_000 })
  log.onGrew(() => notifier.nudge(runId, 'grew'))
  let reads = 0
  const counted = {
    ...dir.store,
    read: (...given: Parameters<typeof dir.store.read>) => {
      reads++
      return dir.store.read(...given)
    },
  }
  const share = createSharedReads()
  let logBytes: number | null = null
  const texts = Array.from({ length: 50 }, () => '')
  const viewers = texts.map(async (_, at) => {
    const following = followLog({
      offset: 0,
      signal: new AbortController().signal,
      subscribe: () => notifier.subscribe(runId),
      finalBytes: async () => logBytes,
      read: (query) => share(counted, runId, query),
    })
    for await (const entry of following) texts[at] += entry.chunk
  })
  let said = ''
  for (let line = 0; line < 20; line++) {
    void log.append('stdout', Buffer.from(`line ${line}\n`))
    said += `line ${line}\n`
    // A nudge that was passed over would leave someone waiting for a minute.
    await expect.poll(() => texts.every((text) => text === said), { interval: 1, timeout: 5000 }).toBe(true)
  }
  expect(reads).toBeLessThan(20 * 50)
  logBytes = (await log.close()).bytes
  notifier.nudge(runId, 'ended')
  await Promise.all(viewers)
  expect(textOf((await dir.store.read(runId, { offset: 0, limitBytes: 10_000 })).entries)).toBe(said)
})
