export type KeyBinding = {
  /** One key, or two after one another with a blank between: `j`, `g r`, `?`. */
  keys: string
  /** What it does, as the help tells it. */
  does: string
  /** Under which heading the help tells it. */
  group: string
  /** Null where the browser does it by itself: then it only stands in the help. */
  run: (() => void) | null
}

export type KeyMatch = { kind: 'run'; binding: KeyBinding } | { kind: 'wait'; pending: string } | null

/** What a key means after `pending`; of two bindings of the same keys the later one counts. */
export function matchKey(bindings: readonly KeyBinding[], pending: string, key: string): KeyMatch {
  const pressed = pending === '' ? key : `${pending} ${key}`
  const binding = bindings.findLast(({ keys, run }) => run !== null && keys === pressed)
  if (binding) return { kind: 'run', binding }
  if (bindings.some(({ keys }) => keys.startsWith(`${pressed} `))) return { kind: 'wait', pending: pressed }
  return pending === '' ? null : matchKey(bindings, '', key)
}
