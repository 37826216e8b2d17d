'use client'

import { useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
let now = 0
let timer: ReturnType<typeof setTimeout> | undefined

/** The time in epoch milliseconds, the same for everything on the page, moving on once a second. 0 on the server. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, current, () => 0)
}

const dayMs = 86_400_000

/** The beginning of this UTC day in epoch milliseconds: what depends on it is drawn anew once a day. */
export function useDay(): number {
  return useSyncExternalStore(
    subscribe,
    () => Math.floor(current() / dayMs) * dayMs,
    () => Math.floor(Date.now() / dayMs) * dayMs,
  )
}

function current(): number {
  if (now === 0) now = Date.now()
  return now
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  if (timer === undefined) tick()
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearTimeout(timer)
    timer = undefined
    now = 0
  }
}

function tick() {
  now = Date.now()
  for (const listener of listeners) listener()
  timer = setTimeout(tick, 1_000 - (now % 1_000) + 5)
}
