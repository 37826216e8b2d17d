type Schema = { shape?: Record<string, unknown>; _zod?: { def: { innerType?: Schema } } }

/** Of what a call could be given, what its input has a field for. */
export function knownFields(inputs: unknown[] | undefined, given: Record<string, unknown>): Record<string, unknown> {
  const names = new Set((inputs ?? []).flatMap((input) => Object.keys(shapeOf(input as Schema))))
  return Object.fromEntries(Object.entries(given).filter(([name]) => names.has(name)))
}

function shapeOf(schema: Schema): Record<string, unknown> {
  const inner = schema._zod?.def.innerType
  return schema.shape ?? (inner ? shapeOf(inner) : {})
}
