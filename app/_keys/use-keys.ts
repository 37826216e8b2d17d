'use client'

import { useEffect, useRef, useState } from 'react'
import { type KeyBinding, matchKey } from './keys'
import { areKeysEnabled } from './keys-enabled'

const waitMs = 1_200

type Source = { readonly current: readonly KeyBinding[] }

/** Those that came later stand last: a list's keys outweigh the page's. */
const sources = new Set<Source>()
const watchers = new Set<() => void>()
let pending = ''
let timer: ReturnType<typeof setTimeout> | undefined

/** Listens for keys as long as the component is on the page; never while somebody types or a dialog is open. */
export function useKeys(bindings: readonly KeyBinding[]): void {
  const latest = useRef(bindings)
  useEffect(() => {
    latest.current = bindings
  })
  useEffect(() => {
    if (sources.size === 0) document.addEventListener('keydown', onKey)
    sources.add(latest)
    tellWatchers()
    return () => {
      sources.delete(latest)
      tellWatchers()
      if (sources.size === 0) document.removeEventListener('keydown', onKey)
    }
  }, [])
}

/** Every binding in force, for the help: also those of a part of the page that comes while it is open. */
export function useBindingsInForce(): KeyBinding[] {
  const [bindings, setBindings] = useState(bindingsInForce)
  useEffect(() => {
    const look = () => setBindings(bindingsInForce())
    watchers.add(look)
    look()
    return () => void watchers.delete(look)
  }, [])
  return bindings
}

function bindingsInForce(): KeyBinding[] {
  return [...sources].flatMap((source) => source.current)
}

function tellWatchers(): void {
  for (const look of watchers) look()
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
  if (!areKeysEnabled() || isElsewhere(event.target)) return
  const match = matchKey(bindingsInForce(), pending, event.key)
  clearTimeout(timer)
  pending = match?.kind === 'wait' ? match.pending : ''
  if (match === null) return
  event.preventDefault()
  if (match.kind === 'run') match.binding.run?.()
  else timer = setTimeout(() => (pending = ''), waitMs)
}

const typing = 'input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable]'

function isElsewhere(target: EventTarget | null): boolean {
  if (document.querySelector('[role=dialog], [role=alertdialog], [role=menu]')) return true
  return target instanceof Element && target.closest(typing) !== null
}
