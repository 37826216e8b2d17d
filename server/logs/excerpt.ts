import { characterCeil } from './utf8'

export const excerptBytes = 4096

/** Keeps the end of a text: at most 4 KiB of complete characters, without NUL, which the database cannot store. */
export function createExcerpt(): { push(text: Buffer): void; text(): string } {
  let tail = Buffer.alloc(0)
  let isCut = false
  return {
    push(text) {
      if (text.length === 0) return
      isCut ||= tail.length + text.length > excerptBytes
      // Always a copy: a view would keep the whole chunk in memory.
      tail = Buffer.concat([tail.subarray(Math.max(0, tail.length + text.length - excerptBytes)), endOf(text)])
    },
    text() {
      return tail.toString('utf8', isCut ? characterCeil(tail, 0) : 0).replaceAll('\0', '')
    },
  }
}

function endOf(text: Buffer): Buffer {
  return text.subarray(Math.max(0, text.length - excerptBytes))
}
