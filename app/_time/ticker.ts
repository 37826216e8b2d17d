'use client'

import { createContext, use, useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
let now = 0
let timer: ReturnType<typeof setTimeout> | undefined

/** When what is shown was read on the server, in epoch milliseconds; 0 where it was not. */
export const RenderedAt = createContext(0)

/**
 * The time in epoch milliseconds, the same for everything on the page, moving on once a second. On the server, and until
 * the page has come alive, the time at which it was rendered.
 */
export function useNow(): number {
  const renderedAt = use(RenderedAt)
  return useSyncExternalStore(subscribe, current, () => renderedAt)
}

/** Whether the page has come alive: what depends on the reader's zone or language is drawn from then on. */
export function useIsHydrated(): boolean {
  return useSyncExternalStore(
    () => () => {},
    () => true,
    () => false,
  )
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
