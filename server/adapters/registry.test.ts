import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { adapterLists } from '@/scripts/adapter-lists.mjs'
import { adapterOf, adapterTypes, describeAdapters } from './registry'

it('knows every adapter type, and no other', () => {
  for (const type of adapterTypes) expect(adapterOf(type)?.label).toEqual(expect.any(String))
  expect(adapterOf('toString')).toBe(null)
  expect(adapterOf('__proto__')).toBe(null)
})

it('lists what there are folders for', () => {
  for (const [path, text] of Object.entries(adapterLists())) expect(readFileSync(path, 'utf8')).toBe(text)
})

it('describes a config so that a form can be made of it', () => {
  const [process] = describeAdapters()
  expect(process?.configSchema).toMatchObject({
    type: 'object',
    required: ['command'],
    additionalProperties: false,
    properties: {
      command: { type: 'string', title: 'Command' },
      args: { type: 'array', items: { type: 'string' }, default: [], title: 'Arguments' },
      timeoutSec: { type: 'integer', minimum: 1, maximum: 604800, default: 900, title: 'Timeout (seconds)' },
    },
  })
})
