/** A match, as byte offsets. */
export type Match = { start: number; end: number }

export type Matcher = (text: Buffer, from: number) => Generator<Match, void>

/** Finds a literal text, with or without regard to case. Matches do not overlap. */
export function createMatcher({ text, matchCase }: { text: string; matchCase: boolean }): Matcher {
  if (matchCase) return exactly(Buffer.from(text))
  const pattern = text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
  // Without the flag `u` only ASCII letters match ASCII letters, and in Latin 1 a character is a byte.
  if (/^[\0-\x7f]*$/.test(text)) return inBytes(new RegExp(pattern, 'gi'))
  return inCharacters(new RegExp(pattern, 'giu'))
}

function exactly(needle: Buffer): Matcher {
  return function* (text, from) {
    for (let at = text.indexOf(needle, from); at >= 0; at = text.indexOf(needle, at + needle.length)) {
      yield { start: at, end: at + needle.length }
    }
  }
}

function inBytes(pattern: RegExp): Matcher {
  return function* (text, from) {
    for (const match of text.toString('latin1', from).matchAll(pattern)) {
      yield { start: from + match.index, end: from + match.index + match[0].length }
    }
  }
}

function inCharacters(pattern: RegExp): Matcher {
  return function* (text, from) {
    const characters = text.toString('utf8', from)
    let seen = 0
    let at = from
    for (const match of characters.matchAll(pattern)) {
      at += Buffer.byteLength(characters.slice(seen, match.index))
      seen = match.index
      yield { start: at, end: at + Buffer.byteLength(match[0]) }
    }
  }
}
