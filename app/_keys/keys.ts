export type KeyBinding = {
  /** One key, or a sequence of two with a space between them: `j`, `g r`, `?`. */
  keys: string
  /** Shown in the help. */
  description: string
  /** The heading in the help. */
  group: string
  /** Null if the key works without us and is only listed in the help. */
  run: (() => void) | null
}

export type KeyMatch = { kind: 'run'; binding: KeyBinding } | { kind: 'wait'; pending: string } | null

/** The meaning of a key after `pending`. The last of several bindings for the same keys applies. */
export function matchKey(bindings: readonly KeyBinding[], pending: string, key: string): KeyMatch {
  const pressed = pending === '' ? key : `${pending} ${key}`
  const binding = bindings.findLast(({ keys, run }) => run !== null && keys === pressed)
  if (binding) return { kind: 'run', binding }
  if (bindings.some(({ keys }) => keys.startsWith(`${pressed} `))) return { kind: 'wait', pending: pressed }
  return pending === '' ? null : matchKey(bindings, '', key)
}
