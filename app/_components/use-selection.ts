'use client'

import { useCallback, useMemo, useState } from 'react'

export type Selection = ReturnType<typeof useSelection>

/** The selected rows by id. Ids that are not in the list are ignored, but are selected again when they reappear. */
export function useSelection(ids: readonly string[]) {
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set())
  const selected = useMemo(() => ids.filter((id) => marked.has(id)), [ids, marked])
  const toggle = useCallback(
    (id: string) =>
      setMarked((before) => {
        const after = new Set(before)
        if (!after.delete(id)) after.add(id)
        return after
      }),
    [],
  )
  return {
    selected,
    toggle,
    has: (id: string) => marked.has(id),
    set: (next: readonly string[]) => setMarked(new Set(next)),
    clear: () => setMarked(new Set()),
  }
}
