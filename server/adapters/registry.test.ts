import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { adapterOf, adapterTypes, describeAdapters } from './registry'

it('knows every adapter type, and no other', () => {
  for (const type of adapterTypes) expect(adapterOf(type)?.label).toEqual(expect.any(String))
  expect(adapterOf('toString')).toBe(null)
  expect(adapterOf('__proto__')).toBe(null)
})

it('lists every folder with an adapter', () => {
  const folders = readdirSync(import.meta.dirname).filter((name) =>
    existsSync(join(import.meta.dirname, name, 'adapter.ts')),
  )
  expect(folders.map((name) => name.replaceAll('-', '_')).sort()).toEqual(adapterTypes.toSorted())
})

it('describes a config for the form', () => {
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
