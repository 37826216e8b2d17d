import fc from 'fast-check'

/** What of a zod schema is looked at here. */
type Schema = {
  _zod: {
    def: {
      type: string
      shape?: Record<string, Schema>
      innerType?: Schema
      in?: Schema
      valueType?: Schema
      element?: Schema
      options?: Schema[]
      entries?: Record<string, string>
      values?: unknown[]
      format?: string
    }
  }
}

/** Ids and names that lead somewhere, by the field that they stand in. */
export type Known = Record<string, unknown>

/** Values that a schema takes, or nearly so: what is refused past the schema is as interesting. */
export function valuesOf(schema: unknown, known: Known, field = ''): fc.Arbitrary<unknown> {
  const { def } = (schema as Schema)._zod
  if (field in known)
    return fc.oneof({ weight: 9, arbitrary: fc.constant(known[field]) }, { weight: 1, arbitrary: fc.uuid() })
  switch (def.type) {
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries(def.shape ?? {}).map(([name, inner]) => [name, valuesOf(inner, known, name)]),
        ),
      )
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
      return fc.option(valuesOf(def.innerType, known, field), { nil: undefined, freq: 3 })
    case 'pipe':
      return valuesOf(def.in, known, field)
    case 'string':
      return textOf(def.format)
    case 'number':
      return fc.oneof(fc.nat(1000), fc.integer(), fc.double())
    case 'boolean':
      return fc.boolean()
    case 'enum':
      return fc.constantFrom(...Object.values(def.entries ?? {}))
    case 'literal':
      return fc.constantFrom(...(def.values ?? [null]))
    case 'array':
      return fc.array(valuesOf(def.element, known), { maxLength: 5 })
    case 'record':
      return fc.dictionary(fc.string(), valuesOf(def.valueType, known), { maxKeys: 5 })
    case 'union':
      return fc.oneof(...(def.options ?? []).map((option) => valuesOf(option, known)))
    default:
      return fc.jsonValue({ maxDepth: 4 })
  }
}

function textOf(format: string | undefined): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid()
  if (format === 'datetime') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString())
  if (format === 'email') return fc.emailAddress()
  return fc.oneof(fc.string({ maxLength: 30 }), fc.string({ unit: 'binary', maxLength: 30 }), fc.lorem({ maxCount: 3 }))
}
