import { expect, test } from 'vitest'
import { type KeyBinding, matchKey } from './keys'

const binding = (keys: string): KeyBinding => ({ keys, description: '', group: '', run: () => {} })
const [j, gr, ga, laterJ] = [binding('j'), binding('g r'), binding('g a'), binding('j')]

test('a key runs its last binding', () => {
  expect(matchKey([j, gr], '', 'j')).toEqual({ kind: 'run', binding: j })
  expect(matchKey([j, laterJ], '', 'j')).toMatchObject({ binding: laterJ })
  expect(matchKey([j], '', 'q')).toBeNull()
})

test('the first of two keys waits for the second', () => {
  expect(matchKey([gr, ga], '', 'g')).toEqual({ kind: 'wait', pending: 'g' })
  expect(matchKey([gr, ga], 'g', 'a')).toEqual({ kind: 'run', binding: ga })
})

test('a second key that completes no sequence counts as a first one', () => {
  expect(matchKey([gr, j], 'g', 'j')).toEqual({ kind: 'run', binding: j })
  expect(matchKey([gr, j], 'g', 'x')).toBeNull()
})
