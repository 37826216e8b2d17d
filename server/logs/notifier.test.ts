import { expect, test } from 'vitest'
import { createLogNotifier } from './notifier'

const { signal } = new AbortController()
const longMs = 60_000

test('wakes the subscribers of the key, and no others', async () => {
  const notifier = createLogNotifier({ silenceMs: longMs })
  const changes = notifier.subscribe('a')
  const next = changes.next(signal)
  notifier.notify('b', 'ended')
  notifier.notify('a', 'grew')
  expect(await next).toBe('grew')
})

test('keeps one notification for the next wait, preferably the end', async () => {
  const notifier = createLogNotifier({ silenceMs: 1 })
  const changes = notifier.subscribe('a')
  for (const what of ['grew', 'ended', 'grew'] as const) notifier.notify('a', what)
  expect(await changes.next(signal)).toBe('ended')
  expect(await changes.next(signal)).toBe('silence')
})

test('an abort and a close end the wait', async () => {
  const notifier = createLogNotifier({ silenceMs: longMs })
  const abort = new AbortController()
  const aborted = notifier.subscribe('a').next(abort.signal)
  abort.abort()
  expect(await aborted).toBe('silence')
  const changes = notifier.subscribe('a')
  const closed = changes.next(signal)
  changes.close()
  expect(await closed).toBe('silence')
})
