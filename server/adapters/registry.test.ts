import { expect, it } from 'vitest'
import { adapterOf, adapterTypes, describeAdapters } from './registry'

it('knows every adapter type, and no other', () => {
  for (const type of adapterTypes) expect(adapterOf(type)?.label).toEqual(expect.any(String))
  expect(adapterOf('toString')).toBe(null)
  expect(adapterOf('__proto__')).toBe(null)
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
