import { TRPCClientError } from '@trpc/client'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { keepSubscribed } from './keep-subscribed'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const refusal = (code: string) =>
  new TRPCClientError('refused', { result: { error: { code: -32000, message: 'refused', data: { code } } } })

/** Subscriptions that a test can end with an error. */
function createSource() {
  const started: { fail(error: unknown): void; stopped: boolean }[] = []
  return {
    started,
    subscribe(handlers: { onStarted(): void; onError(error: unknown): void }) {
      const one = { fail: handlers.onError, stopped: false }
      started.push(one)
      handlers.onStarted()
      return {
        unsubscribe() {
          one.stopped = true
        },
      }
    },
  }
}

it('subscribes again after an error, and not after it is stopped', () => {
  const { started, subscribe } = createSource()
  const stop = keepSubscribed(subscribe)
  started[0]?.fail(refusal('INTERNAL_SERVER_ERROR'))
  vi.advanceTimersByTime(300)
  expect(started).toHaveLength(2)
  stop()
  expect(started[1]?.stopped).toBe(true)
  started[1]?.fail(new Error('too late'))
  vi.advanceTimersByTime(60_000)
  expect(started).toHaveLength(2)
})

it.each(['UNAUTHORIZED', 'NOT_FOUND', 'FORBIDDEN'])('does not subscribe again after %s, and reports it', (code) => {
  const { started, subscribe } = createSource()
  const refused: unknown[] = []
  keepSubscribed(subscribe, (error) => refused.push(error))
  started[0]?.fail(refusal(code))
  vi.advanceTimersByTime(60_000)
  expect(started).toHaveLength(1)
  expect(refused).toHaveLength(1)
})
