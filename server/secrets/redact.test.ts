import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRedactor } from './redact'

const secret = 's3cr3t/value+with="quotes"&more'

function through(text: string, cuts: number[]): string {
  const transform = createRedactor([secret])?.transform()
  if (!transform) throw new Error('no redactor')
  const bytes = Buffer.from(text)
  const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  let from = 0
  const parts = ends.map((end) => {
    const part = transform.push(bytes.subarray(from, end))
    from = end
    return part
  })
  return Buffer.concat([...parts, transform.end()]).toString()
}

test('a secret is redacted in a log wherever its text is split', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(200), { maxLength: 20 }), (cuts) => {
      expect(through(`before ${secret} between ${secret}`, cuts)).toBe('before [redacted] between [redacted]')
    }),
  )
})

test('it is found in base64 at any of the three alignments, and escaped for JSON and URLs', () => {
  const redactor = createRedactor([secret])
  for (const prefix of ['', 'a', 'ab', 'user:']) {
    const encoded = Buffer.from(`${prefix}${secret}!`).toString('base64')
    const redacted = redactor?.text(encoded) ?? ''
    expect(redacted).toContain('[redacted]')
    expect(Buffer.from(redacted.replace('[redacted]', ''), 'base64').toString()).not.toContain(secret.slice(2, -2))
  }
  expect(redactor?.text(JSON.stringify({ secret }))).toBe('{"secret":"[redacted]"}')
  expect(redactor?.text(`?q=${encodeURIComponent(secret)}`)).toBe('?q=[redacted]')
})

test('text without a secret passes unchanged', () => {
  const text = 'nothing s3cr3 of the kind, though s3cr3t/val begins alike\n'
  expect(through(text, [3, 12, 40])).toBe(text)
})

test('multi-byte characters pass complete next to a secret of such characters that is split anywhere', () => {
  const wide = 'geheim€😀schlüssel'
  const text = `é€😀 ${wide} é€😀 geheim€😀 ${wide}`
  for (let at = 0; at < text.length; at++) {
    const transform = createRedactor([wide])?.transform()
    const cut = text.slice(0, at).isWellFormed() ? at : at + 1
    const parts = [text.slice(0, cut), text.slice(cut)].map((part) => transform?.push(Buffer.from(part)))
    const all = Buffer.concat([...parts, transform?.end()].filter((part) => part !== undefined)).toString()
    expect(all).toBe('é€😀 [redacted] é€😀 geheim€😀 [redacted]')
  }
})

test('values too short to distinguish from ordinary text are not redacted', () => {
  expect(createRedactor(['abc', ''])).toBeNull()
})
