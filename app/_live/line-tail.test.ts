import { expect, test } from 'vitest'
import { createPageCache, linesOf, pageLines } from './line-pages'
import { createLineTail } from './line-tail'
import type { LogEntry } from './log-buffer'

const entry = (chunk: string, stream: LogEntry['stream'] = 'stdout'): LogEntry => ({
  offset: 0,
  nextOffset: chunk.length,
  ts: '2026-11-22T10:00:00.000Z',
  stream,
  chunk,
})

const texts = (lines: ReturnType<typeof linesOf>) => lines.map((line) => [line.number, line.text, line.open])

test('lines are numbered from the first line, and the last one may be open', () => {
  expect(texts(linesOf([entry('a\nb'), entry('c\n\nd', 'stderr')], 7))).toEqual([
    [7, 'a', false],
    [8, 'bc', false],
    [9, '', false],
    [10, 'd', true],
  ])
})

test('a tail continues its open line', () => {
  const tail = createLineTail(100)
  for (const chunk of ['one\ntw', 'o', '\nthree\n']) tail.append(entry(chunk))
  expect(tail.lastLine()).toBe(102)
  expect(tail.line(101)).toMatchObject({ text: 'two', open: false, number: 101 })
  tail.append(entry('10 %\r'))
  tail.append(entry('20 %\r'))
  expect(tail.line(103)).toMatchObject({ text: '10 %\r20 %\r', open: true })
})

test('a tail drops its oldest lines', () => {
  const tail = createLineTail(1)
  for (let at = 0; at < 50; at++) tail.append(entry('x\n'.repeat(1000)))
  expect(tail.lastLine()).toBe(50_000)
  expect(tail.firstLine()).toBeGreaterThan(43_000)
  expect(tail.line(1)).toBeUndefined()
  expect(tail.line(50_000)).toMatchObject({ number: 50_000 })
})

test('the cache is bounded, and keeps the pages used last', () => {
  const cache = createPageCache()
  for (let page = 0; page < 100; page++) {
    cache.put(page, linesOf([entry(`page ${page}\n`)], page * pageLines + 1))
    cache.touch(0)
  }
  expect(cache.size()).toBe(40)
  expect(cache.line(1)?.text).toBe('page 0')
  expect(cache.line(99 * pageLines + 1)?.text).toBe('page 99')
  expect(cache.line(50 * pageLines + 1)).toBeUndefined()
})
