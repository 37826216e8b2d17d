'use client'

import { useSyncExternalStore } from 'react'

const query = '(min-width: 1280px)'

/** Whether the window is wide enough for two views side by side. */
export function useIsWide(): boolean {
  return useSyncExternalStore(
    (onChange) => {
      const list = window.matchMedia(query)
      list.addEventListener('change', onChange)
      return () => list.removeEventListener('change', onChange)
    },
    () => window.matchMedia(query).matches,
    () => false,
  )
}
