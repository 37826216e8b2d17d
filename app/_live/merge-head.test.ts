import { expect, it } from 'vitest'
import { mergeHead } from './merge-head'

const page = (ids: string, nextCursor: string | null = null) => ({
  items: [...ids].map((id) => ({ id, status: 'idle' })),
  nextCursor,
})
const idsOf = (pages: readonly { items: readonly { id: string }[] }[] | null) =>
  pages?.map(({ items }) => items.map(({ id }) => id).join(''))

const loaded = [page('fedc', 'after c'), page('ba')]

it('prepends new rows, and has no row twice', () => {
  const merged = mergeHead(loaded, page('hgfe', 'after e'))
  expect(idsOf(merged)).toEqual(['hgfedc', 'ba'])
  expect(merged?.map(({ nextCursor }) => nextCursor)).toEqual(['after c', null])
})

it('removes rows that have disappeared from the head', () => {
  expect(idsOf(mergeHead(loaded, page('gfdc', 'after c')))).toEqual(['gfdc', 'ba'])
  expect(idsOf(mergeHead(loaded, page('fb', 'after b')))).toEqual(['fb', 'a'])
})

it('is the whole list if no page follows', () => {
  expect(idsOf(mergeHead(loaded, page('fa')))).toEqual(['fa'])
  expect(idsOf(mergeHead([page('')], page('ba', 'after a')))).toEqual(['ba'])
})

it('returns null if there are more new rows than were fetched', () => {
  expect(mergeHead(loaded, page('zyx', 'after x'))).toBeNull()
})

it('continues from the end of the head if no older rows are loaded', () => {
  expect(mergeHead([page('ba', 'after a')], page('dcba', 'after a'))?.[0]?.nextCursor).toBe('after a')
  expect(mergeHead([page('cba', 'after a')], page('dcb', 'after b'))?.[0]?.nextCursor).toBe('after a')
})

it('keeps rows that have moved if the order is not fixed', () => {
  expect(idsOf(mergeHead(loaded, page('cfe', 'after e'), { isOrderFixed: false }))).toEqual(['cfed', 'ba'])
})

it('does not overwrite a newer status that came with a live event', () => {
  const known = [{ items: [{ id: 'a', status: 'succeeded' }], nextCursor: null }]
  const read = { items: [{ id: 'a', status: 'running' }], nextCursor: 'more' }
  expect(mergeHead(known, read)?.[0]?.items).toEqual([{ id: 'a', status: 'succeeded' }])
})
