'use client'

import { useRef } from 'react'
import { frozenOrder } from './frozen-order'

/** Rows in an order that does not change while they are shown. Another `key` resets it. */
export function useFrozenOrder<Row extends { id: string }>(rows: readonly Row[], key: string): Row[] {
  const shown = useRef<{ key: string; ids: string[] }>({ key, ids: [] })
  const before = shown.current.key === key ? shown.current.ids : []
  const rowsInOrder = frozenOrder(before, rows)
  shown.current = { key, ids: rowsInOrder.map((row) => row.id) }
  return rowsInOrder
}
