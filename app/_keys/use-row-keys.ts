'use client'

import type { RefObject } from 'react'
import { useKeys } from './use-keys'

/** `j` and `k` move the focus between the rows of a list, and `x` selects a row. Enter follows the focused link anyway. */
export function useRowKeys(list: RefObject<HTMLElement | null>, { canSelect = false } = {}): void {
  useKeys([
    { keys: 'j', description: 'Next row', group: 'Lists', run: () => moveFocus(list.current, 1) },
    { keys: 'k', description: 'Previous row', group: 'Lists', run: () => moveFocus(list.current, -1) },
    { keys: 'Enter', description: 'Open the row', group: 'Lists', run: null },
    ...(canSelect
      ? [{ keys: 'x', description: 'Select the row', group: 'Lists', run: () => boxOf(focusedRow())?.click() }]
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
