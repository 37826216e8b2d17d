import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError } from '@/server/domain/errors'
import { readJson } from '@/server/domain/json'
import { refuseFault } from '@/server/domain/storable'

/** Who is refused for sending too much hears so at once, and is listened to a little longer: cut off, they would not. */
const mostDiscardedBytes = 64 * 1_048_576
const discardMs = 10_000

/** The whole body as UTF-8 text. Errors: `too_large`, told before the rest of it has come. */
export async function readBody(request: IncomingMessage, response: ServerResponse, maxBytes: number): Promise<string> {
  const tooLarge = () => new ApiError('too_large', `The body must have at most ${maxBytes} bytes.`)
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge()
  if (isAwaitingContinue(request)) {
    response.removeHeader('connection')
    response.writeContinue()
  }
  const body = await collect(request, maxBytes)
  if (!body) throw tooLarge()
  return body.toString('utf8')
}

/** The body as JSON, nothing for an empty one: its texts can be stored, unless it is others' data (`isData`). Errors: `invalid_input`. */
export async function readJsonBody(
  request: IncomingMessage,
  response: ServerResponse,
  { maxBytes, isData = false }: { maxBytes: number; isData?: boolean },
): Promise<unknown> {
  const text = await readBody(request, response, maxBytes)
  if (text.trim() === '') return {}
  const value = readJson(text)
  refuseFault(value, isData)
  return value
}

/** Sends an answer whole, while the request may still be coming in; the connection is closed when that has been read. */
export function sendEarly(response: ServerResponse, text: string): void {
  response.setHeader('connection', 'close')
  response.setHeader('content-length', Buffer.byteLength(text))
  response.write(text)
  const { req: request } = response
  const nothingFollows = request.readableEnded || request.destroyed || hasNotSaidContinue(request)
  if (nothingFollows) response.end()
  else discard(request, () => response.end())
}

/** Whether a request waits for `100 Continue` before it sends its body. */
function isAwaitingContinue(request: IncomingMessage): boolean {
  return /^100-continue$/i.test(request.headers.expect ?? '')
}

/** Then the body is not sent. */
function hasNotSaidContinue(request: IncomingMessage): boolean {
  return isAwaitingContinue(request) && request.readableFlowing === null
}

/** Null where it is larger: the rest is left unread. */
function collect(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let size = 0
    const settle = (act: () => void) => {
      request.off('data', take).off('end', end).off('close', gone).off('error', gone)
      act()
    }
    const take = (part: Buffer) => {
      size += part.length
      if (size > maxBytes) settle(() => resolve(null))
      else parts.push(part)
    }
    const end = () => settle(() => resolve(Buffer.concat(parts)))
    const gone = () => settle(() => reject(new ApiError('invalid_input', 'The body has not come whole.')))
    request.on('data', take).on('end', end).on('close', gone).on('error', gone)
  })
}

/** Reads on to the end, or for so long or so much, and throws it away. */
function discard(request: IncomingMessage, done: () => void): void {
  let size = 0
  const finish = () => {
    clearTimeout(timer)
    request.off('data', take).off('end', finish).off('close', finish)
    done()
  }
  const take = (part: Buffer) => {
    size += part.length
    if (size > mostDiscardedBytes) finish()
  }
  const timer = setTimeout(finish, discardMs)
  request
    .on('data', take)
    .on('end', finish)
    .on('close', finish)
    .on('error', () => {})
  request.resume()
}
