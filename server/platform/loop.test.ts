import { expect, test } from 'vitest'
import { createLoop } from './loop'

const silent = { error: () => {} }

/** Lets a test hold a tick open and count the started ticks. */
function heldTicks() {
  const started: (() => void)[] = []
  let running = 0
  let mostAtOnce = 0
  const run = async () => {
    running += 1
    mostAtOnce = Math.max(mostAtOnce, running)
    await new Promise<void>((resolve) => started.push(resolve))
    running -= 1
  }
  const untilStarted = async (count: number) => expect.poll(() => started.length).toBe(count)
  return { run, started, untilStarted, mostAtOnce: () => mostAtOnce, release: () => started.at(-1)?.() }
}

test('triggers during a tick cause exactly one more, after it', async () => {
  const ticks = heldTicks()
  const loop = createLoop({ name: 'held', everyMs: 60_000, run: ticks.run, log: silent })
  loop.start()
  loop.start()
  loop.trigger()
  await ticks.untilStarted(1)
  loop.trigger()
  loop.trigger()
  loop.trigger()
  expect(ticks.started.length).toBe(1)
  ticks.release()
  await ticks.untilStarted(2)
  ticks.release()
  loop.trigger()
  await ticks.untilStarted(2)
  ticks.release()
  await loop.stop()
  expect(ticks.mostAtOnce()).toBe(1)
})

test('a trigger starts a waiting loop at once', async () => {
  let count = 0
  const run = async () => {
    count += 1
  }
  const loop = createLoop({ name: 'counting', everyMs: 60_000, run, log: silent })
  loop.trigger()
  expect(count).toBe(0)
  loop.start()
  await expect.poll(() => count).toBe(1)
  loop.trigger()
  await expect.poll(() => count).toBe(2)
  await loop.stop()
})

test('a failing tick is logged once until one succeeds, and the next one runs', async () => {
  const logged: unknown[] = []
  let count = 0
  const run = async () => {
    count += 1
    if (count !== 3 && count < 5) throw new Error('unreachable')
  }
  const log = { error: (fields: unknown) => void logged.push(fields) }
  const loop = createLoop({ name: 'failing', everyMs: 1, jitter: 0.5, run, log })
  loop.start()
  await expect.poll(() => count).toBeGreaterThan(5)
  await loop.stop()
  const entry = { err: new Error('unreachable'), loop: 'failing' }
  expect(logged).toEqual([entry, entry])
})

test('stopping aborts the tick under way and waits for its end', async () => {
  const order: string[] = []
  let started = false
  const run = async (signal: AbortSignal) => {
    started = true
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    await new Promise(setImmediate)
    order.push('tick ended')
  }
  const loop = createLoop({ name: 'stopping', everyMs: 1, run, log: silent })
  loop.start()
  await expect.poll(() => started).toBe(true)
  await Promise.all([loop.stop().then(() => order.push('stopped')), loop.stop()])
  expect(order).toEqual(['tick ended', 'stopped'])
})
