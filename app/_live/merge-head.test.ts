import { expect, it } from 'vitest'
import { mergeHead } from './merge-head'

const page = (ids: string, nextCursor: string | null = null) => ({
  items: [...ids].map((id) => ({ id, status: 'idle' })),
  nextCursor,
})
const idsOf = (pages: readonly { items: readonly { id: string }[] }[] | null) =>
  pages?.map(({ items }) => items.map(({ id }) => id).join(''))

const loaded = [page('fedc', 'after c'), page('ba')]

it('puts what is new before what is there, and reads nothing twice', () => {
  const merged = mergeHead(loaded, page('hgfe', 'after e'))
  expect(idsOf(merged)).toEqual(['hgfedc', 'ba'])
  expect(merged?.map(({ nextCursor }) => nextCursor)).toEqual(['after c', null])
})

it('leaves out what was among those rows and is gone', () => {
  expect(idsOf(mergeHead(loaded, page('gfdc', 'after c')))).toEqual(['gfdc', 'ba'])
  expect(idsOf(mergeHead(loaded, page('fb', 'after b')))).toEqual(['fb', 'a'])
})

it('is the whole list where nothing comes after it', () => {
  expect(idsOf(mergeHead(loaded, page('fa')))).toEqual(['fa'])
  expect(idsOf(mergeHead([page('')], page('ba', 'after a')))).toEqual(['ba'])
})

it('says that the two do not meet where more is new than was read', () => {
  expect(mergeHead(loaded, page('zyx', 'after x'))).toBeNull()
})

it('goes on from the end of what was read where nothing older is loaded', () => {
  expect(mergeHead([page('ba', 'after a')], page('dcba', 'after a'))?.[0]?.nextCursor).toBe('after a')
  expect(mergeHead([page('cba', 'after a')], page('dcb', 'after b'))?.[0]?.nextCursor).toBe('after a')
})

it('keeps what has moved where the order is of what changes', () => {
  expect(idsOf(mergeHead(loaded, page('cfe', 'after e'), { isOrderFixed: false }))).toEqual(['cfed', 'ba'])
})

it('does not take a run back from where an event has brought it', () => {
  const known = [{ items: [{ id: 'a', status: 'succeeded' }], nextCursor: null }]
  const read = { items: [{ id: 'a', status: 'running' }], nextCursor: 'more' }
  expect(mergeHead(known, read)?.[0]?.items).toEqual([{ id: 'a', status: 'succeeded' }])
})
