import type { PageCalls } from '@/server/page-calls'

/** A value as it comes over HTTP: times are text. */
export type Sent<Value> = Value extends Date
  ? string
  : Value extends readonly (infer Item)[]
    ? Sent<Item>[]
    : Value extends object
      ? { [Key in keyof Value]: Sent<Value[Key]> }
      : Value

export type FirstRead<Value> = {
  /** null where it could not be read: the page reads it again, and then says why. */
  data: Sent<Value> | null
  /** When it was read, in epoch milliseconds: what ticks on the page begins here. */
  at: number
}

/** Reads what a page shows first while it is rendered on the server, so that the answer arrives with the page. */
export async function firstRead<Value>(read: (calls: PageCalls) => Promise<Value>): Promise<FirstRead<Value>> {
  const calls = globalThis.reveillePageCalls?.()
  const data = calls ? await read(calls).catch(() => null) : null
  return { data: data && JSON.parse(JSON.stringify(data)), at: Date.now() }
}
