import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError } from '@/server/domain/errors'
import { readJson } from '@/server/domain/json'
import { refuseFault } from '@/server/domain/storable'

/** After a refusal for size the rest of the body is still read for a while: a client that is cut off never sees the answer. */
const mostDiscardedBytes = 64 * 1_048_576
const discardMs = 10_000

/** The whole body as UTF-8 text. Error: `too_large`, thrown before the rest of the body has arrived. */
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

/**
 * The body as JSON, `{}` for an empty one. Its texts are checked to be storable, unless it is data of others (`isData`).
 * Error: `invalid_input`.
 */
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

/** Sends a whole answer while the request may still be arriving. The connection is closed when the request was read. */
export function sendEarly(response: ServerResponse, text: string): void {
  response.setHeader('connection', 'close')
  response.setHeader('content-length', Buffer.byteLength(text))
  response.write(text)
  const { req: request } = response
  const nothingFollows = request.readableEnded || request.destroyed || isBodyUnsent(request)
  if (nothingFollows) response.end()
  else discard(request, () => response.end())
}

/** Whether a request waits for `100 Continue` before it sends its body. */
function isAwaitingContinue(request: IncomingMessage): boolean {
  return /^100-continue$/i.test(request.headers.expect ?? '')
}

/** Without `100 Continue` the client sends no body. */
function isBodyUnsent(request: IncomingMessage): boolean {
  return isAwaitingContinue(request) && request.readableFlowing === null
}

/** Null if the body is larger: the rest stays unread. */
function collect(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let size = 0
    const settle = (act: () => void) => {
      request.off('data', take).off('end', end).off('close', fail).off('error', fail)
      act()
    }
    const take = (part: Buffer) => {
      size += part.length
      if (size > maxBytes) settle(() => resolve(null))
      else parts.push(part)
    }
    const end = () => settle(() => resolve(Buffer.concat(parts)))
    const fail = () => settle(() => reject(new ApiError('invalid_input', 'The body did not arrive completely.')))
    request.on('data', take).on('end', end).on('close', fail).on('error', fail)
  })
}

/** Reads and discards the rest of the request, up to `discardMs` or `mostDiscardedBytes`. */
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
