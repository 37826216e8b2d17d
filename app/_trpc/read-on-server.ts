import type { PageCalls } from '@/server/compose/page-calls'

/** A value as it comes over HTTP: times are text. */
export type Serialized<Value> = Value extends Date
  ? string
  : Value extends readonly (infer Item)[]
    ? Serialized<Item>[]
    : Value extends object
      ? { [Key in keyof Value]: Serialized<Value[Key]> }
      : Value

export type ServerRead<Value> = {
  /** null where it could not be read: the page reads it again, and then says why. */
  data: Serialized<Value> | null
  /** When it was read, in epoch milliseconds: what ticks on the page begins here. */
  at: number
}

/** Reads what a page shows first while it is rendered on the server, so that the answer arrives with the page. */
export async function readOnServer<Value>(read: (calls: PageCalls) => Promise<Value>): Promise<ServerRead<Value>> {
  const calls = globalThis.reveillePageCalls?.()
  const data = calls ? await read(calls).catch(() => null) : null
  return { data: data && JSON.parse(JSON.stringify(data)), at: Date.now() }
}
