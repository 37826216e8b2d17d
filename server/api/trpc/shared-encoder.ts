import { type Encoder, jsonEncoder } from '@trpc/server/adapters/ws'
import { readMessage } from './read-message'

type Tracked = {
  id: number | string
  jsonrpc?: unknown
  result: { type: 'data'; id: string; data: { id: string; data: object } }
}

/**
 * Encodes messages to the same bytes as tRPC. Log entries and live events are one immutable object for all viewers: each
 * is encoded once, and only the envelope with the viewer's id is encoded per viewer.
 */
export function createSharedEncoder(): Encoder {
  const known = new WeakMap<object, Buffer>()

  function bodyOf(value: object): Buffer {
    const body = known.get(value) ?? Buffer.from(JSON.stringify(value))
    known.set(value, body)
    return body
  }

  return {
    encode(message) {
      if (!isTracked(message)) return jsonEncoder.encode(message)
      const { id, jsonrpc, result } = message
      const eventId = JSON.stringify(result.id)
      const call = JSON.stringify({ id, jsonrpc }).slice(0, -1)
      const head = Buffer.from(`${call},"result":{"type":"data","data":{"id":${eventId},"data":`)
      return Buffer.concat([head, bodyOf(result.data.data), Buffer.from(`},"id":${eventId}}}`)])
    },
    decode: readMessage,
  }
}

function isTracked(message: unknown): message is Tracked {
  const { result } = message as { result?: { type?: unknown; id?: unknown; data?: { id?: unknown; data?: unknown } } }
  if (result?.type !== 'data' || typeof result.id !== 'string' || result.data?.id !== result.id) return false
  return typeof result.data.data === 'object' && result.data.data !== null
}
