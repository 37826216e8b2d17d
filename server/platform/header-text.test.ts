import { expect, test } from 'vitest'
import { headerText } from './header-text'

const asNodeReads = (text: string, encoding: 'utf8' | 'latin1' = 'utf8') =>
  Buffer.from(text, encoding).toString('latin1')

test.each(['plain', '', 'größer', '注文 7', '🚀'])('%j is decoded from UTF-8', (text) => {
  expect(headerText(asNodeReads(text))).toBe(text)
})

test('a value that is not UTF-8 stays unchanged', () => {
  expect(headerText(asNodeReads('größer', 'latin1'))).toBe('größer')
  expect(headerText(undefined)).toBeUndefined()
})
