'use client'

import { useEffect, useRef, useState } from 'react'
import { type KeyBinding, matchKey } from './keys'
import { areKeysEnabled } from './keys-enabled'

const waitMs = 1_200

type Source = { readonly current: readonly KeyBinding[] }

/** In order of registration: the keys of a list override those of the page. */
const sources = new Set<Source>()
const watchers = new Set<() => void>()
let pending = ''
let timer: ReturnType<typeof setTimeout> | undefined

/** Handles keys while the component is mounted, except while the reader types or a dialog is open. */
export function useKeys(bindings: readonly KeyBinding[]): void {
  const latest = useRef(bindings)
  useEffect(() => {
    latest.current = bindings
  })
  useEffect(() => {
    if (sources.size === 0) document.addEventListener('keydown', onKey)
    sources.add(latest)
    notifyWatchers()
    return () => {
      sources.delete(latest)
      notifyWatchers()
      if (sources.size === 0) document.removeEventListener('keydown', onKey)
    }
  }, [])
}

/** All active bindings, for the help, including those of components that mount while it is open. */
export function useActiveBindings(): KeyBinding[] {
  const [bindings, setBindings] = useState(activeBindings)
  useEffect(() => {
    const update = () => setBindings(activeBindings())
    watchers.add(update)
    update()
    return () => void watchers.delete(update)
  }, [])
  return bindings
}

function activeBindings(): KeyBinding[] {
  return [...sources].flatMap((source) => source.current)
}

function notifyWatchers(): void {
  for (const update of watchers) update()
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
  if (!areKeysEnabled() || isInputTarget(event.target)) return
  const match = matchKey(activeBindings(), pending, event.key)
  clearTimeout(timer)
  pending = match?.kind === 'wait' ? match.pending : ''
  if (match === null) return
  event.preventDefault()
  if (match.kind === 'run') match.binding.run?.()
  else timer = setTimeout(() => (pending = ''), waitMs)
}

const typing = 'input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable]'

function isInputTarget(target: EventTarget | null): boolean {
  if (document.querySelector('[role=dialog], [role=alertdialog], [role=menu]')) return true
  return target instanceof Element && target.closest(typing) !== null
}
