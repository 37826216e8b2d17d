'use client'

import { useCallback, useMemo, useState } from 'react'

export type Selection = ReturnType<typeof useSelection>

/** Chosen rows by id. Those that are no longer among `ids` do not count, but come back with them. */
export function useSelection(ids: readonly string[]) {
  const [held, setHeld] = useState<ReadonlySet<string>>(new Set())
  const chosen = useMemo(() => ids.filter((id) => held.has(id)), [ids, held])
  const toggle = useCallback(
    (id: string) =>
      setHeld((before) => {
        const after = new Set(before)
        if (!after.delete(id)) after.add(id)
        return after
      }),
    [],
  )
  return {
    chosen,
    toggle,
    has: (id: string) => held.has(id),
    set: (next: readonly string[]) => setHeld(new Set(next)),
    clear: () => setHeld(new Set()),
  }
}
