'use client'

import { useSyncExternalStore } from 'react'

const query = '(min-width: 1280px)'

/** Whether two views have room side by side. */
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
