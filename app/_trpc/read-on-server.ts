import type { PageCalls } from '@/server/compose/page-calls'

/** A value as JSON carries it: dates are strings. */
export type Serialized<Value> = Value extends Date
  ? string
  : Value extends readonly (infer Item)[]
    ? Serialized<Item>[]
    : Value extends object
      ? { [Key in keyof Value]: Serialized<Value[Key]> }
      : Value

export type ServerRead<Value> = {
  /** Null if reading failed: the page fetches again and shows the error. */
  data: Serialized<Value> | null
  /** When it was read, in epoch milliseconds; the first value of the page's clock. */
  at: number
}

/** Reads a page's first data while it is rendered on the server, so that the data arrives with the page. */
export async function readOnServer<Value>(read: (calls: PageCalls) => Promise<Value>): Promise<ServerRead<Value>> {
  const calls = globalThis.reveillePageCalls?.()
  const data = calls ? await read(calls).catch(() => null) : null
  return { data: data && JSON.parse(JSON.stringify(data)), at: Date.now() }
}
