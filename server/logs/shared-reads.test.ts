import { afterAll, expect, test } from 'vitest'
import { createLogDir, textOf } from './fixtures/log-dir'
import { followLog } from './follow'
import type { LogEntry, LogQuery } from './log-store'
import { createLogNotifier } from './notifier'
import { createSharedReads } from './shared-reads'

const dir = await createLogDir()
afterAll(() => dir.remove())

/** A store that counts its reads. */
function counted() {
  const reading = {
    ...dir.store,
    reads: 0,
    read: (...given: Parameters<typeof dir.store.read>) => {
      reading.reads++
      return dir.store.read(...given)
    },
  }
  return reading
}

test('viewers that are notified together share a read, and each gets every byte at once', async () => {
  const runId = dir.runId()
  const log = await dir.store.open(runId)
  const notifier = createLogNotifier({ silenceMs: 60_000 })
  log.onGrew(() => notifier.notify(runId, 'grew'))
  const reading = counted()
  const share = createSharedReads()
  let logBytes: number | null = null
  const texts = Array.from({ length: 50 }, () => '')
  const viewers = texts.map(async (_, at) => {
    const following = followLog({
      offset: 0,
      signal: new AbortController().signal,
      subscribe: () => notifier.subscribe(runId),
      finalBytes: async () => logBytes,
      read: (query) => share(reading, runId, query),
    })
    for await (const entry of following) texts[at] += entry.chunk
  })
  let said = ''
  for (let line = 0; line < 20; line++) {
    void log.append('stdout', Buffer.from(`line ${line}\n`))
    said += `line ${line}\n`
    // A lost notification would make a viewer wait for a minute.
    await expect.poll(() => texts.every((text) => text === said), { interval: 1 }).toBe(true)
  }
  expect(reading.reads).toBeLessThan(20 * 50)
  logBytes = (await log.close()).bytes
  notifier.notify(runId, 'ended')
  await Promise.all(viewers)
  expect(textOf((await dir.store.read(runId, { offset: 0, limitBytes: 10_000 })).entries)).toBe(said)
})

test('viewers at different offsets get the same entries of full pages, read once', async () => {
  const runId = dir.runId()
  const log = await dir.store.open(runId)
  const text = Array.from({ length: 60_000 }, (_, line) => `line ${line} größer €\n`).join('')
  await log.append('stdout', Buffer.from(text))
  const { bytes } = await log.close()
  const reading = counted()
  const share = createSharedReads()
  const view = async (offset: number) => {
    const entries: LogEntry[] = []
    const signal = new AbortController().signal
    const subscribe = () => createLogNotifier().subscribe(runId)
    const read = (query: LogQuery) => share(reading, runId, query)
    for await (const entry of followLog({ offset, signal, subscribe, finalBytes: async () => bytes, read }))
      entries.push(entry)
    return entries
  }
  const first = await view(0)
  const alone = reading.reads
  expect(alone).toBeGreaterThan(4)
  const others = [...(await Promise.all([view(0), view(7), view(100_000)])), await view(300_001)]
  // The first page of viewers that began at other offsets, and the last page, which was not full when it was read.
  expect(reading.reads - alone).toBeLessThanOrEqual(3 + 4)
  for (const entries of others) {
    expect(textOf(entries)).toBe(Buffer.from(text).subarray(entries[0]?.offset).toString())
    const pageStart = (entry: LogEntry) => entry.offset >= 2 * 262_144
    expect(entries.find(pageStart)).toBe(first.find(pageStart))
  }
})

test('a page that was not full is read again', async () => {
  const runId = dir.runId()
  const log = await dir.store.open(runId)
  const share = createSharedReads()
  const query = { offset: 0, limitBytes: 1000 }
  const said = async () => textOf((await share(dir.store, runId, query)).entries)
  let text = ''
  for (const line of ['one\n', 'two\n', 'three\n']) {
    const stored = new Promise((resolve) => log.onGrew(resolve))
    void log.append('stdout', Buffer.from(line))
    await stored
    text += line
    expect(await said()).toBe(text)
  }
  await log.close()
})
