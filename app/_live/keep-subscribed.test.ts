import { TRPCClientError } from '@trpc/client'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { keepSubscribed } from './keep-subscribed'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const refusal = (code: string) =>
  new TRPCClientError('refused', { result: { error: { code: -32000, message: 'refused', data: { code } } } })

/** A source of subscriptions that counts them and lets each be ended with an error. */
function source() {
  const begun: { fail(error: unknown): void; stopped: boolean }[] = []
  return {
    begun,
    subscribe(handlers: { onStarted(): void; onError(error: unknown): void }) {
      const one = { fail: handlers.onError, stopped: false }
      begun.push(one)
      handlers.onStarted()
      return {
        unsubscribe() {
          one.stopped = true
        },
      }
    },
  }
}

it('begins again after an error, and stops when told to', () => {
  const { begun, subscribe } = source()
  const stop = keepSubscribed(subscribe)
  begun[0]?.fail(refusal('INTERNAL_SERVER_ERROR'))
  vi.advanceTimersByTime(300)
  expect(begun).toHaveLength(2)
  stop()
  expect(begun[1]?.stopped).toBe(true)
  begun[1]?.fail(new Error('too late'))
  vi.advanceTimersByTime(60_000)
  expect(begun).toHaveLength(2)
})

it.each(['UNAUTHORIZED', 'NOT_FOUND', 'FORBIDDEN'])('does not begin again after %s, and says so', (code) => {
  const { begun, subscribe } = source()
  const refused: unknown[] = []
  keepSubscribed(subscribe, (error) => refused.push(error))
  begun[0]?.fail(refusal(code))
  vi.advanceTimersByTime(60_000)
  expect(begun).toHaveLength(1)
  expect(refused).toHaveLength(1)
})
