'use client'

import { useRef } from 'react'
import { frozenOrder } from './frozen-order'

/** The rows in an order in which none jumps while they are looked at; another `key` begins anew. */
export function useFrozenOrder<Row extends { id: string }>(rows: readonly Row[], key: string): Row[] {
  const shown = useRef<{ key: string; ids: string[] }>({ key, ids: [] })
  const before = shown.current.key === key ? shown.current.ids : []
  const settled = frozenOrder(before, rows)
  shown.current = { key, ids: settled.map((row) => row.id) }
  return settled
}
