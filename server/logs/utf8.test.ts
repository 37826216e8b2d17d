import fc from 'fast-check'
import { expect, test } from 'vitest'
import { characterCeil, characterFloor, createUtf8Decoder } from './utf8'

function decodeAll(chunks: Buffer[]): Buffer {
  const decoder = createUtf8Decoder()
  return Buffer.concat([...chunks.map((chunk) => decoder.push(chunk)), decoder.end()])
}

function oracle(bytes: Buffer): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

// Bytes that begin, continue and break characters are far more frequent here than in random bytes.
const trickyByte = fc.constantFrom(0, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbb, 0xbf, 0xc0, 0xc2, 0xdf)
const trickyLead = fc.constantFrom(0xe0, 0xe2, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff)
const chunk = fc
  .oneof(fc.array(fc.oneof(trickyByte, trickyLead), { maxLength: 12 }), fc.uint8Array({ maxLength: 40 }))
  .map((bytes) => Buffer.from(bytes))

test('decodes as TextDecoder does, however the bytes are chunked', () => {
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 12 }), (chunks) => {
      expect(decodeAll(chunks).toString()).toBe(oracle(Buffer.concat(chunks)))
    }),
    { numRuns: 3000 },
  )
})

test('returns only complete characters, as soon as they are complete', () => {
  const decoder = createUtf8Decoder()
  const euro = Buffer.from('a€')
  expect(decoder.push(euro.subarray(0, 3)).toString()).toBe('a')
  expect(decoder.push(euro.subarray(3)).toString()).toBe('€')
  expect(decoder.end()).toHaveLength(0)
})

test('passes valid bytes on without copying them', () => {
  const bytes = Buffer.from('plain and €')
  expect(createUtf8Decoder().push(bytes).buffer).toBe(bytes.buffer)
})

test('keeps a BOM and NUL, and flushes an unfinished character as U+FFFD', () => {
  expect(decodeAll([Buffer.from('\uFEFFa\0b')]).toString()).toBe('\uFEFFa\0b')
  expect(decodeAll([Buffer.from([0x61, 0xf0, 0x9f, 0x98])]).toString()).toBe('a\uFFFD')
})

test('finds the characters around a byte', () => {
  const text = Buffer.from('a😀b')
  expect([0, 1, 2, 4, 5, 6, 9].map((at) => characterFloor(text, at))).toEqual([0, 1, 1, 1, 5, 6, 6])
  expect([0, 1, 2, 4, 5, 6].map((at) => characterCeil(text, at))).toEqual([0, 1, 5, 5, 5, 6])
})
