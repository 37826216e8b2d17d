import type { IncomingMessage } from 'node:http'
import { Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createUnzip } from 'node:zlib'

/** The most bytes of a decompressed response: a small one can expand to gigabytes. */
export const maxDecodedBytes = 64 * 1024 * 1024

export class AnswerTooLarge extends Error {
  readonly code = 'ANSWER_TOO_LARGE'
}

const decoders: Record<string, () => Transform> = {
  gzip: createUnzip,
  'x-gzip': createUnzip,
  deflate: createUnzip,
  br: createBrotliDecompress,
}

/** The encodings of a response in the order of their decoding, and the first unsupported one. */
export function encodingsOf(response: IncomingMessage): { known: string[]; unknown: string | null } {
  if (response.statusCode === 204 || response.headers['content-length'] === '0') return { known: [], unknown: null }
  const names = (response.headers['content-encoding'] ?? '').split(',').map((name) => name.trim().toLowerCase())
  const given = names.filter((name) => name !== '' && name !== 'identity').reverse()
  const unknown = given.length > 2 ? given.join(', ') : given.find((name) => !Object.hasOwn(decoders, name))
  return unknown ? { known: [], unknown } : { known: given, unknown: null }
}

/** Passes on the decoded bytes of a response. Fails with AnswerTooLarge. */
export async function decode(
  response: IncomingMessage,
  encodings: string[],
  take: (part: Buffer) => Promise<void>,
): Promise<void> {
  let length = 0
  let isEmpty = true
  const chain = encodings.flatMap((name) => decoders[name]?.() ?? [])
  const watching = new Transform({
    transform(part: Buffer, _encoding, done) {
      isEmpty = false
      done(null, part)
    },
  })
  const taking = new Writable({
    write(part: Buffer, _encoding, done) {
      length += part.length
      if (chain.length > 0 && length > maxDecodedBytes) return done(new AnswerTooLarge())
      take(part).then(() => done(), done)
    },
  })
  await pipeline([response, watching, ...chain, taking]).catch((error) => {
    // A body without bytes is an empty response, whatever its content encoding.
    if (!isEmpty || !response.complete) throw error
  })
}
