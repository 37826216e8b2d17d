import { ApiError } from '@/server/domain/errors'
import { readJson } from '@/server/domain/json'

/** A page that comes back asks for all that it follows in one message: more than a socket may follow is none of them. */
const mostCallsInMessage = 300

/**
 * A message of a socket as tRPC takes it. Of one that holds too much, who asks and for what is kept, with the refusal in
 * place of the input: the call is answered, and not the socket. Errors: `invalid_input` for what is no JSON.
 */
export function readMessage(data: string | Uint8Array | ArrayBuffer): unknown {
  if (typeof data !== 'string') throw new ApiError('invalid_input', 'Send text, not bytes.')
  const message = readOrRefuse(data)
  if (Array.isArray(message) && message.length > mostCallsInMessage)
    throw new ApiError('invalid_input', `A message must hold at most ${mostCallsInMessage} calls.`)
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

/** By what clients write before and after the input: parsing the whole for it would take as long as it must not. */
function callOf(text: string) {
  const [, id, method] = beginning.exec(text) ?? []
  const [, named] = path.exec(text.slice(0, 300)) ?? path.exec(text.slice(-300)) ?? []
  return id === undefined || named === undefined ? null : { id: Number(id), method, path: named }
}
