import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createLogDir, textOf } from './fixtures/log-dir'
import { type Follow, followLog } from './follow'
import type { LogEntry } from './log-store'
import { createLogNotifier } from './notifier'

let dir: Awaited<ReturnType<typeof createLogDir>>
beforeAll(async () => {
  dir = await createLogDir()
})
afterAll(() => dir.remove())

/** A live run: a log, its notifications, and a final size. */
async function run({ silenceMs = 60_000, isNotified = true } = {}) {
  const runId = dir.runId()
  const notifier = createLogNotifier({ silenceMs })
  const log = await dir.store.open(runId)
  let final: number | null = null
  const finalBytes = vi.fn(async () => final)
  if (isNotified) log.onGrew(() => notifier.notify(runId, 'grew'))
  return {
    runId,
    log,
    finalBytes,
    async end() {
      final = (await log.close()).bytes
      if (isNotified) notifier.notify(runId, 'ended')
    },
    follow: (part: Partial<Follow> = {}) =>
      followLog({
        read: (query) => dir.store.read(runId, query),
        subscribe: () => notifier.subscribe(runId),
        finalBytes,
        offset: 0,
        signal: new AbortController().signal,
        ...part,
      }),
  }
}

async function collect(entries: AsyncIterable<LogEntry>): Promise<LogEntry[]> {
  const all: LogEntry[] = []
  for await (const entry of entries) all.push(entry)
  return all
}

test('follows a log to its end from any offset, each byte once', async () => {
  const { log, end, follow } = await run()
  const lines = Array.from({ length: 5000 }, (_, line) => `line ${line} €\n`)
  const followers = [0, 8, 20_000].map((offset) => collect(follow({ offset })))
  for (const line of lines) {
    await log.append('stdout', Buffer.from(line))
    if (line.endsWith('00 €\n')) await new Promise((resolve) => setImmediate(resolve))
  }
  await end()
  const text = Buffer.from(lines.join(''))
  const [all, some, late] = await Promise.all(followers)
  expect(textOf(all ?? [])).toBe(text.toString())
  expect(textOf(some ?? [])).toBe(text.subarray(10).toString())
  expect(Buffer.from(textOf(late ?? [])).equals(text.subarray(late?.[0]?.offset))).toBe(true)
  for (const entries of [all, some, late]) {
    const ends = entries?.map((entry) => entry.nextOffset) ?? []
    expect(entries?.slice(1).map((entry) => entry.offset)).toEqual(ends.slice(0, -1))
  }
})

test('a notification between a read and the wait is not lost', async () => {
  const { runId, log, end, follow } = await run()
  let isFirst = true
  const followed = collect(
    follow({
      async read(query) {
        const page = await dir.store.read(runId, query)
        if (isFirst) {
          isFirst = false
          void log.append('stdout', Buffer.from('in between'))
          await end()
        }
        return page
      },
    }),
  )
  expect(textOf(await followed)).toBe('in between')
})

test('without any notification it polls', async () => {
  const { log, end, follow } = await run({ isNotified: false, silenceMs: 5 })
  const entries = follow()
  const first = entries.next()
  void log.append('stdout', Buffer.from('hello'))
  expect((await first).value).toMatchObject({ chunk: 'hello' })
  const last = entries.next()
  await end()
  expect(await last).toEqual({ done: true, value: undefined })
})

test('a final run is replayed and ends, even from an offset past its end or with less text than recorded', async () => {
  const { log, end, follow } = await run()
  void log.append('stdout', Buffer.from('done'))
  await end()
  expect(textOf(await collect(follow()))).toBe('done')
  expect(await collect(follow({ offset: 4 }))).toEqual([])
  expect(await collect(follow({ offset: 99 }))).toEqual([])
  expect(textOf(await collect(follow({ finalBytes: async () => 1000 })))).toBe('done')
  expect(textOf(await collect(follow({ finalBytes: async () => 2 })))).toBe('do')
})

test('growth causes no query of the status of the run', async () => {
  const { log, end, follow, finalBytes } = await run()
  const entries = follow()
  for (let line = 0; line < 20; line++) {
    const next = entries.next()
    void log.append('stdout', Buffer.from('x'))
    await next
  }
  await end()
  await collect(entries)
  expect(finalBytes.mock.calls.length).toBeLessThanOrEqual(2)
})

test.each(['next', 'finalBytes', 'backpressure'] as const)(
  'an abort ends the following while it waits for %s',
  async (where) => {
    const { log, follow } = await run()
    const abort = new AbortController()
    const never = () => new Promise<never>(() => {})
    const entries = follow({ signal: abort.signal, ...(where === 'next' ? {} : { [where]: never }) })
    const next = entries.next()
    await new Promise((resolve) => setImmediate(resolve))
    abort.abort()
    expect(await next).toEqual({ done: true, value: undefined })
    await log.close()
  },
)

test('unsubscribes when the following ends', async () => {
  const { log, end, follow } = await run()
  const close = vi.fn()
  void log.append('stdout', Buffer.from('x'))
  await end()
  await collect(follow({ subscribe: () => ({ next: async () => 'ended', close }) }))
  expect(close).toHaveBeenCalledOnce()
})

test('reads no page before the receiver can take it', async () => {
  const { runId, log, end, follow } = await run()
  await log.append('stdout', Buffer.alloc(600 * 1024, 'x'))
  await end()
  const order: string[] = []
  const entries = follow({
    backpressure: async () => void order.push('wait'),
    read: (query) => {
      order.push('read')
      return dir.store.read(runId, query)
    },
  })
  expect(textOf(await collect(entries))).toHaveLength(600 * 1024)
  expect(order.join()).toBe('wait,read,wait,read,wait,read')
})
