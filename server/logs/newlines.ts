const newline = 0x0a
/** As many words as a counter of one byte can take. */
const wordsAtOnce = 255

/** How many lines end in a text. Four bytes at a time, since every byte that a run prints passes through here. */
export function countNewlines(text: Buffer): number {
  const head = -text.byteOffset & 3
  if (text.length < head + 4) return countBytes(text, 0, text.length)
  const words = new Uint32Array(text.buffer, text.byteOffset + head, (text.length - head) >> 2)
  let count = countBytes(text, 0, head) + countBytes(text, head + words.length * 4, text.length)
  for (let at = 0; at < words.length; at += wordsAtOnce) {
    count += countWords(words, at, Math.min(words.length, at + wordsAtOnce))
  }
  return count
}

/** The offset after the `nth` newline, `nth` from 1; null where there are fewer. */
export function afterNewline(text: Buffer, nth: number): number | null {
  let at = 0
  for (let found = 0; found < nth; found++) {
    at = text.indexOf(newline, at) + 1
    if (at === 0) return null
  }
  return at
}

function countBytes(text: Buffer, from: number, to: number): number {
  let count = 0
  for (let at = from; at < to; at++) if (text[at] === newline) count++
  return count
}

/** Each byte of `counts` counts one byte position of the words; the high bit of a byte of `t` is unset for a newline. */
function countWords(words: Uint32Array, from: number, to: number): number {
  let counts = 0
  for (let at = from; at < to; at++) {
    const x = (words[at] ?? 0) ^ 0x0a0a0a0a
    const t = ((x & 0x7f7f7f7f) + 0x7f7f7f7f) | x
    counts = (counts + ((~t >>> 7) & 0x01010101)) | 0
  }
  const pairs = (counts & 0x00ff00ff) + ((counts >>> 8) & 0x00ff00ff)
  return (pairs & 0xffff) + (pairs >>> 16)
}
