import { isUtf8 } from 'node:buffer'
import type { TextTransform } from './log-store'

const empty = Buffer.alloc(0)

/**
 * Decodes bytes like `new TextDecoder('utf-8', { ignoreBOM: true })` in stream mode, however they are chunked, but returns
 * UTF-8 bytes. Valid input is passed on without a copy.
 */
export function createUtf8Decoder(): TextTransform {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let carry = empty
  return {
    push(bytes) {
      const all = carry.length === 0 ? bytes : Buffer.concat([carry, bytes])
      const whole = all.length - unfinishedBytes(all)
      carry = whole === all.length ? empty : Buffer.from(all.subarray(whole))
      const text = all.subarray(0, whole)
      return isUtf8(text) ? text : Buffer.from(decoder.decode(text))
    },
    end() {
      const text = carry.length === 0 ? empty : Buffer.from(decoder.decode(carry))
      carry = empty
      return text
    },
  }
}

/** The start of the character that contains the byte at `at`; the end of the text when `at` is past it. */
export function characterFloor(text: Buffer, at: number): number {
  if (at >= text.length) return text.length
  let start = at
  while (start > 0 && isContinuation(text[start])) start--
  return start
}

/** The first start of a character at or after `at`. */
export function characterCeil(text: Buffer, at: number): number {
  let start = at
  while (start < text.length && isContinuation(text[start])) start++
  return start
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80
}

/** How many bytes at the end belong to an incomplete character, and must be decoded again with the bytes that follow. */
function unfinishedBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const lead = bytes[bytes.length - back] ?? 0
    if (isContinuation(lead)) continue
    return sequenceBytes(lead) > back ? back : 0
  }
  return 0
}

function sequenceBytes(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 2
  if (lead >= 0xe0 && lead <= 0xef) return 3
  if (lead >= 0xf0 && lead <= 0xf4) return 4
  return 1
}
