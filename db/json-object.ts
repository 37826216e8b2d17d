import type { Executor } from './connection'

type Fragment = ReturnType<Executor>

/**
 * `jsonb_build_object` with exactly these keys, each with its SQL: a column or an expression as text, which never comes from a
 * caller, or a fragment. With the keys of a schema as `Key`, none is missing and none is unknown to readers.
 */
export function jsonObject<Key extends string>(sql: Executor, fields: Record<Key, string | Fragment>): Fragment {
  const texts: string[] = []
  let fragments = sql``
  for (const [key, value] of Object.entries<string | Fragment>(fields)) {
    if (typeof value === 'string') texts.push(`'${key}', ${value}`)
    else fragments = sql`${fragments}, ${sql.unsafe(`'${key}'`)}, ${value}`
  }
  return sql`jsonb_build_object(${sql.unsafe(texts.join(', '))}${fragments})`
}

/** The same as SQL text, for values that are all text. */
export function jsonObjectText<Key extends string>(fields: Record<Key, string>): string {
  const texts = Object.entries<string>(fields).map(([key, value]) => `'${key}', ${value}`)
  return `jsonb_build_object(${texts.join(', ')})`
}
