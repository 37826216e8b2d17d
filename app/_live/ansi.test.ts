import { describe, expect, it } from 'vitest'
import { spansOf, styleAfter } from './ansi'

const textOf = (line: string) =>
  spansOf(line)
    .map((span) => span.text)
    .join('')

describe('spansOf', () => {
  it('returns plain text unchanged', () => {
    expect(spansOf('hello <b>')).toEqual([{ text: 'hello <b>', style: {} }])
    expect(spansOf('')).toEqual([])
  })

  it('reads colours and attributes', () => {
    expect(spansOf('a\x1b[1;31mb\x1b[22mc\x1b[0md')).toEqual([
      { text: 'a', style: {} },
      { text: 'b', style: { bold: true, fg: 1 } },
      { text: 'c', style: { bold: undefined, dim: undefined, fg: 1 } },
      { text: 'd', style: {} },
    ])
    expect(spansOf('\x1b[38;5;208mx\x1b[48;2;1;2;255my\x1b[97mz').map((span) => span.style)).toEqual([
      { fg: 208 },
      { fg: 208, bg: '#0102ff' },
      { fg: 15, bg: '#0102ff' },
    ])
  })

  it('removes escape sequences other than colours', () => {
    expect(textOf('\x1b[2J\x1b[?25lhid\x1b]0;title\x07den\x1b]8;;http://x\x1b\\link\x1b(B')).toBe('hiddenlink')
  })

  it('applies carriage returns', () => {
    expect(textOf('10%\r50%\r100%')).toBe('100%')
    expect(textOf('downloading\rdone')).toBe('doneloading')
    expect(textOf('downloading\r\x1b[Kdone')).toBe('done')
    expect(textOf('windows line\r')).toBe('windows line')
  })

  it('makes control characters visible', () => {
    expect(textOf('a\0b\x7f')).toBe('a\u2400b\u2421')
  })
})

describe('styleAfter', () => {
  it('is the style in force after the text', () => {
    expect(styleAfter('\x1b[32mgreen', {})).toEqual({ fg: 2 })
    expect(styleAfter('\x1b[32mgreen\x1b[m', { bold: true })).toEqual({})
  })
})

it('the cursor moves back and forth in its line', () => {
  const shown = (line: string) =>
    spansOf(line)
      .map((span) => span.text)
      .join('')
  expect(shown('abc\x1b[3DXY')).toBe('XYc')
  expect(shown('abc\x1b[1GZ\x1b[2Cd')).toBe('Zbcd')
  expect(shown('ab\b\bXY')).toBe('XY')
  expect(shown('abcdef\x1b[3D\x1b[1K')).toBe('    ef')
  expect(shown('a\x1b[999999999Gz')).toHaveLength(16_384)
  expect(shown('\x1bP1$r0m\x1b\\text \x1b[38;5')).toBe('text ')
})

it('parses colours with colons, with a colour space or without', () => {
  for (const code of ['38:2::10:10:200', '38:2:10:10:200', '38;2;10;10;200']) {
    expect(spansOf(`\x1b[${code}mblue`)).toEqual([{ text: 'blue', style: { fg: '#0a0ac8' } }])
  }
})

it('parses underline styles, and ignores underline colours', () => {
  expect(spansOf('\x1b[1mbold \x1b[4:3mwave\x1b[4:0m still')).toEqual([
    { text: 'bold ', style: { bold: true } },
    { text: 'wave', style: { bold: true, underline: true } },
    { text: ' still', style: { bold: true, underline: undefined } },
  ])
  for (const code of ['1;4;58;2;255;0;0', '1;4;58:2::255:0:0', '1;4;58;5;196', '1;4;58:5:196;59']) {
    expect(spansOf(`\x1b[${code}mtext`)).toEqual([{ text: 'text', style: { bold: true, underline: true } }])
  }
})

it('erases with J as with K, and moves to a column with H', () => {
  expect(textOf('progress 10%\r\x1b[Jdone')).toBe('done')
  expect(textOf('progress\x1b[2J\x1b[Hdone')).toBe('done')
  expect(textOf('abcdef\x1b[1;3HX')).toBe('abXdef')
})

it('a wide character takes two columns, and overwriting one half clears the other', () => {
  expect(textOf('進捗 10%\rdone')).toBe('done 10%')
  expect(textOf('進捗\rX')).toBe('X 捗')
  expect(textOf('進捗\x1b[2GX')).toBe(' X捗')
  expect(textOf('🚀 go\rab')).toBe('ab go')
  expect(textOf('e\u0301a\rb')).toBe('ba')
})
