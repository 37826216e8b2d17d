'use client'

import type { RefObject } from 'react'
import { useKeys } from './use-keys'

/** `j` and `k` move the focus from row to row of the list within, `x` ticks the row's box; Enter is the link's own. */
export function useRowKeys(within: RefObject<HTMLElement | null>, { canSelect = false } = {}): void {
  useKeys([
    { keys: 'j', does: 'Next row', group: 'Lists', run: () => moveFocus(within.current, 1) },
    { keys: 'k', does: 'Previous row', group: 'Lists', run: () => moveFocus(within.current, -1) },
    { keys: 'Enter', does: 'Open the row', group: 'Lists', run: null },
    ...(canSelect
      ? [{ keys: 'x', does: 'Select the row', group: 'Lists', run: () => boxOf(focusedRow())?.click() }]
      : []),
  ])
}

function moveFocus(list: HTMLElement | null, step: 1 | -1): void {
  const rows = [...(list?.querySelectorAll<HTMLElement>('[data-row]') ?? [])]
  const focused = focusedRow()
  const at = focused ? rows.indexOf(focused) : -1
  const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))]
  linkOf(next)?.focus()
  next?.scrollIntoView({ block: 'nearest' })
}

function focusedRow(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>('[data-row]') ?? null
}

function linkOf(row: HTMLElement | null | undefined): HTMLElement | null {
  return row?.querySelector<HTMLElement>('a[data-row-link], a') ?? null
}

function boxOf(row: HTMLElement | null): HTMLElement | null {
  return row?.querySelector<HTMLElement>('input[type=checkbox]') ?? null
}
