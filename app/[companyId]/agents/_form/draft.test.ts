import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { fieldsOf } from './adapter-fields'
import { configOf, draftOf } from './draft'

const schema = z.strictObject({
  command: z.string().min(1).meta({ title: 'Command' }),
  args: z.array(z.string()).default([]),
  cwd: z.string().optional(),
  env: z.record(z.string(), z.union([z.string(), z.strictObject({ secret: z.string() })])).default({}),
  timeoutSec: z.number().int().default(900).meta({ description: 'How long' }),
  mode: z.enum(['sync', 'callback']).default('sync'),
  dangerouslySkip: z.boolean().default(false),
  payloadTemplate: z.record(z.string(), z.unknown()).default({}),
  promptTemplate: z.string().default(''),
})
const fields = fieldsOf(z.toJSONSchema(schema, { io: 'input' }))

describe('fieldsOf', () => {
  it('derives a labelled field from every property, in order', () => {
    expect(fields.map((field) => [field.label, field.kind])).toEqual([
      ['Command', 'text'],
      ['Arguments', 'lines'],
      ['Working directory', 'text'],
      ['Environment', 'pairs'],
      ['Timeout (seconds)', 'number'],
      ['Mode', 'choice'],
      ['Dangerously skip', 'switch'],
      ['Payload template', 'json'],
      ['Prompt template', 'long'],
    ])
    expect(fields.filter((field) => field.required).map((field) => field.name)).toEqual(['command'])
  })

  it('returns nothing for a value that is not a schema', () => {
    expect(fieldsOf(null)).toEqual([])
  })
})

describe('configOf', () => {
  it('returns the config that the draft was made from', () => {
    const config = {
      command: 'node',
      args: ['-e', 'console.log(1)'],
      cwd: '/tmp',
      env: { MODE: 'x', API_KEY: { secret: 'API_KEY' }, EMPTY: '' },
      timeoutSec: 5,
      mode: 'callback',
      dangerouslySkip: true,
      payloadTemplate: { a: [1] },
      promptTemplate: 'Hello',
    }
    expect(configOf(fields, draftOf(fields, config))).toEqual({ ok: true, config })
  })

  it.each([[['one\ntwo', 'three']], [['', 'after an empty one']], [['["looks like a list"]']]])(
    'keeps arguments that cannot be written as lines: %j',
    (args) => {
      const draft = draftOf(fields, { command: 'x', args })
      expect(configOf(fields, draft)).toMatchObject({ config: { args } })
    },
  )

  it('omits fields that are empty', () => {
    const draft = { ...draftOf(fields, {}), command: 'true' }
    expect(configOf(fields, draft)).toEqual({ ok: true, config: { command: 'true', env: {}, mode: 'sync' } })
  })

  it('names the field that cannot be read', () => {
    const draft = draftOf(fields, { command: 'x' })
    expect(configOf(fields, { ...draft, timeoutSec: 'soon' })).toMatchObject({ ok: false, field: 'timeoutSec' })
    expect(configOf(fields, { ...draft, payloadTemplate: '{' })).toMatchObject({ ok: false, field: 'payloadTemplate' })
  })
})
