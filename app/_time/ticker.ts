'use client'

import { createContext, use, useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
let now = 0
let timer: ReturnType<typeof setTimeout> | undefined

/** When the page's data was read on the server, in epoch milliseconds; 0 if it was not. */
export const RenderedAt = createContext(0)

/**
 * The time in epoch milliseconds, the same for all components, updated once a second. On the server and until hydration,
 * the time at which the page was rendered.
 */
export function useNow(): number {
  const renderedAt = use(RenderedAt)
  return useSyncExternalStore(subscribe, current, () => renderedAt)
}

/** Whether the page is hydrated. Text that depends on the reader's time zone or language is rendered only then. */
export function useIsHydrated(): boolean {
  return useSyncExternalStore(
    () => () => {},
    () => true,
    () => false,
  )
}

const dayMs = 86_400_000

/** The start of the current UTC day in epoch milliseconds. */
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
