import { ApiError } from '@/server/domain/errors'
import { readJson } from '@/server/domain/json'

/** A reconnecting page sends all its subscriptions in one message. No valid message has more calls than this. */
const mostCallsInMessage = 300

/**
 * A socket message in tRPC's form. If it is too deep or too large, its call is kept, with the error in place of the input:
 * the call fails, and the socket stays open. Error: `invalid_input` for text that is not JSON.
 */
export function readMessage(data: string | Uint8Array | ArrayBuffer): unknown {
  if (typeof data !== 'string') throw new ApiError('invalid_input', 'Send text, not bytes.')
  const message = readOrRefuse(data)
  if (Array.isArray(message) && message.length > mostCallsInMessage)
    throw new ApiError('invalid_input', `A message must contain at most ${mostCallsInMessage} calls.`)
  return message
}

function readOrRefuse(text: string): unknown {
  try {
    return readJson(text)
  } catch (error) {
    const call = error instanceof ApiError ? callOf(text) : null
    if (!call) throw error
    return { id: call.id, method: call.method, params: { path: call.path, input: error } }
  }
}

const beginning = /^\s*\{\s*"id"\s*:\s*(\d{1,15})\s*,\s*"method"\s*:\s*"(query|mutation|subscription)"/
const path = /"path"\s*:\s*"([\w.]{1,100})"/

/** Finds the call by the text before and after its input: parsing all of it would take too long. */
function callOf(text: string) {
  const [, id, method] = beginning.exec(text) ?? []
  const [, named] = path.exec(text.slice(0, 300)) ?? path.exec(text.slice(-300)) ?? []
  return id === undefined || named === undefined ? null : { id: Number(id), method, path: named }
}
