import type { TextTransform } from '@/server/logs/log-store'

const mark = '[redacted]'
/** Shorter values stand in ordinary text by chance: taking them out would say more than it hides. */
const shortest = 4

export type Redactor = {
  /** For the log: also values that are split across chunks. */
  transform(): TextTransform
  text(text: string): string
  /** Every text in a JSON value. */
  value<T>(value: T): T
}

/** Takes secrets out by value: as they are, as JSON writes them, percent-encoded, and in base64 wherever it begins. */
export function createRedactor(values: string[]): Redactor | null {
  const needles = [...new Set(values.filter((value) => value.length >= shortest).flatMap(formsOf))]
    .filter((form) => form.length >= shortest)
    .sort((a, b) => b.length - a.length)
  if (needles.length === 0) return null
  const pattern = new RegExp(needles.map(escapePattern).join('|'), 'g')
  const text = (given: string) => given.replace(pattern, mark)
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

/** In a longer text a value may begin at any of three places of base64's groups; its outer characters mix with others. */
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

/** Holds back only an end that may be the beginning of a secret, so that nothing else waits. */
function createTransform(needles: string[], redact: (text: string) => string): TextTransform {
  const longest = Math.max(...needles.map((needle) => needle.length))
  const beginnings = new Set(needles.map((needle) => needle.charCodeAt(0)))
  let held = ''
  return {
    push(bytes) {
      const text = redact(held + bytes.toString('utf8'))
      const from = heldFrom(text)
      held = text.slice(from)
      return Buffer.from(text.slice(0, from))
    },
    end() {
      const rest = Buffer.from(held)
      held = ''
      return rest
    },
  }

  function heldFrom(text: string): number {
    for (let at = Math.max(0, text.length - longest + 1); at < text.length; at++) {
      if (!beginnings.has(text.charCodeAt(at))) continue
      const end = text.slice(at)
      if (needles.some((needle) => needle.startsWith(end))) return at
    }
    return text.length
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
