import { jsonEncoder } from '@trpc/server/adapters/ws'
import { expect, test } from 'vitest'
import { createSharedEncoder } from './shared-encoder'

const tracked = (id: number | string, eventId: string, value: unknown) => ({
  id,
  jsonrpc: undefined,
  result: { type: 'data', data: { id: eventId, data: value }, id: eventId },
})
const entry = {
  offset: 0,
  nextOffset: 12,
  ts: '2026-01-02T03:04:05.678Z',
  stream: 'stdout',
  chunk: 'größer 🚀 \\"\n\u001b\ud800',
}

const messages: Record<string, unknown> = {
  'an entry of a log': tracked(1, '12', entry),
  'the same for another viewer': tracked(2, '12', entry),
  'an id and an event id that need escaping': tracked('a"\\ü', '"\n€', entry),
  'a message of JSON-RPC': { ...tracked(3, '12', entry), jsonrpc: '2.0' },
  'dates and values that JSON omits': tracked(4, '5', { at: new Date(0), none: undefined, list: [undefined, 1] }),
  'a list': tracked(5, '6', [1, 'two']),
  'no object': tracked(6, '7', 'text'),
  nothing: tracked(7, '8', null),
  'data without an id': { id: 8, result: { type: 'data', data: { id: 'x', data: {} } } },
  'a start': { id: 1, result: { type: 'started' } },
  'an end': { id: 1, result: { type: 'stopped' } },
  'an error': { id: 1, error: { code: -32_600, message: 'Sign in.', data: { reason: 'unauthenticated' } } },
  'a notification': { id: null, method: 'reconnect' },
}

test('every message has the same bytes as tRPC would send', () => {
  const encoder = createSharedEncoder()
  for (const [what, message] of Object.entries(messages)) {
    const sent = Buffer.from(encoder.encode(message))
    expect(sent.toString(), what).toBe(Buffer.from(jsonEncoder.encode(message)).toString())
  }
})

test('a message for many viewers is encoded once', () => {
  const encoder = createSharedEncoder()
  let times = 0
  const shared = {
    toJSON() {
      times++
      return entry
    },
  }
  for (let viewer = 1; viewer <= 100; viewer++) encoder.encode(tracked(viewer, '12', shared))
  expect(times).toBe(1)
})
