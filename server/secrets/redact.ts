import type { TextTransform } from '@/server/logs/log-store'

const mark = '[redacted]'
/** Shorter values occur in ordinary text by chance: redacting them would reveal more than it hides. */
const shortest = 4

export type Redactor = {
  /** For the log: also values that are split across chunks. */
  transform(): TextTransform
  text(text: string): string
  /** Every text in a JSON value. */
  value<T>(value: T): T
}

/** Redacts secrets by value: literally, escaped for JSON, percent-encoded, and in base64 at any alignment. */
export function createRedactor(values: string[]): Redactor | null {
  const needles = [...new Set(values.filter((value) => value.length >= shortest).flatMap(formsOf))]
    .filter((form) => form.length >= shortest)
    .sort((a, b) => b.length - a.length)
  if (needles.length === 0) return null
  let pattern: RegExp | null = null
  function text(given: string): string {
    // Most texts contain no secret, and compiling the pattern takes longer than searching a few of them.
    if (!needles.some((needle) => given.includes(needle))) return given
    pattern ??= new RegExp(needles.map(escapePattern).join('|'), 'g')
    return given.replace(pattern, mark)
  }
  return {
    text,
    value: (given) => deep(given, text),
    transform: () => createTransform(needles, text),
  }
}

function formsOf(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1)
  return [
    value,
    json,
    encodeURIComponent(value),
    ...base64Forms(value),
    ...value.split('\n').filter((line) => line.length >= 16),
  ]
}

/** In base64 of a longer text a value may begin at any of 3 alignments; its outer characters then depend on its neighbours. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value)
  return [0, 1, 2].flatMap((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const head = shift === 0 ? 0 : shift + 1
    const tail = (bytes.length + shift) % 3 === 0 ? 0 : 1
    const core = encoded.slice(head, encoded.length - tail)
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

/**
 * Holds back only the end of a chunk that may begin a secret, so that no other text is delayed. Chunks without a secret
 * pass as unchanged bytes: searching bytes costs a tenth of decoding them as text.
 */
function createTransform(needles: string[], redact: (text: string) => string): TextTransform {
  const sought = needles.map((needle) => Buffer.from(needle))
  const starts = sought.map((needle) => needle.toString('latin1'))
  const longest = Math.max(...sought.map((needle) => needle.length))
  const beginnings = new Set(sought.map((needle) => needle[0]))
  let held = Buffer.alloc(0)
  return {
    push(given) {
      const whole = held.length > 0 ? Buffer.concat([held, given]) : given
      const bytes = sought.some((needle) => whole.includes(needle))
        ? Buffer.from(redact(whole.toString('utf8')))
        : whole
      const from = heldFrom(bytes)
      held = Buffer.from(bytes.subarray(from))
      return bytes.subarray(0, from)
    },
    end() {
      const rest = held
      held = Buffer.alloc(0)
      return rest
    },
  }

  function heldFrom(bytes: Buffer): number {
    for (let at = Math.max(0, bytes.length - longest + 1); at < bytes.length; at++) {
      if (!beginnings.has(bytes[at])) continue
      const end = bytes.toString('latin1', at)
      if (starts.some((start) => start.startsWith(end))) return at
    }
    return bytes.length
  }
}

function deep<T>(value: T, redact: (text: string) => string): T {
  if (typeof value === 'string') return redact(value) as T
  if (Array.isArray(value)) return value.map((item) => deep(item, redact)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [redact(key), deep(item, redact)])) as T
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}
