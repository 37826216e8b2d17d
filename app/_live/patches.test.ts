import { describe, expect, it } from 'vitest'
import type { LiveEvent } from '@/server/domain/live-event'
import { patchedData, patchedRow, patchesOf } from './patches'

const event = (type: LiveEvent['type'], payload: Record<string, unknown>): LiveEvent => ({
  id: '1',
  companyId: 'c',
  type,
  createdAt: '2026-11-22T10:00:00.000Z',
  payload,
})

describe('patchesOf', () => {
  it('patches the run of a status event and reads the lists again', () => {
    const patches = patchesOf(
      event('heartbeat.run.status', { runId: 'r', agentId: 'a', status: 'failed', exitCode: 3 }),
    )
    expect(patches).toEqual([
      { kind: 'run', id: 'r', fields: { runId: 'r', agentId: 'a', status: 'failed', exitCode: 3 } },
      ...['runs', 'board', 'history', 'costs'].map((list) => ({ kind: 'stale', list })),
    ])
  })

  it('has a queued run fetched, for its row is not known yet', () => {
    expect(patchesOf(event('heartbeat.run.queued', { runId: 'r', agentId: 'a' }))).toEqual([
      { kind: 'stale', list: 'runs' },
      { kind: 'stale', list: 'board' },
    ])
  })

  it('patches agents and wakeups by their own ids', () => {
    expect(patchesOf(event('agent.status', { agentId: 'a', status: 'paused' }))[0]).toMatchObject({
      kind: 'agent',
      id: 'a',
    })
    expect(patchesOf(event('wakeup.status', { wakeupId: 'w', agentId: 'a', status: 'skipped' }))[0]).toMatchObject({
      kind: 'wakeup',
      id: 'w',
    })
  })

  it('has a run fetched that was charged, and no run for its other events', () => {
    const told = (eventType: string) => patchesOf(event('heartbeat.run.event', { runId: 'r', eventType }))
    expect(told('usage')).toMatchObject([{ kind: 'run', id: 'r' }])
    expect(told('warning')).toEqual([])
  })

  it('starts over after a gap', () => {
    expect(patchesOf(event('live.reset', {}))).toEqual([{ kind: 'reset' }])
  })
})

describe('patchedRow', () => {
  it('merges only fields that the row has', () => {
    expect(patchedRow({ id: 'r', status: 'queued' }, { status: 'running', secret: 1 })).toEqual({
      id: 'r',
      status: 'running',
    })
  })

  it('keeps a final status, whatever arrives late', () => {
    const done = { id: 'r', status: 'succeeded' }
    expect(patchedRow(done, { status: 'running' })).toBe(done)
    expect(patchedRow(done, { status: 'cancelled' })).toBe(done)
    expect(patchedRow({ id: 'r', status: 'running' }, { status: 'queued' }).status).toBe('running')
  })

  it('gives the same row when nothing changed, so that nothing is drawn again', () => {
    const row = { id: 'a', status: 'idle' }
    expect(patchedRow(row, { status: 'idle' })).toBe(row)
  })
})

describe('patchedData', () => {
  const row = { id: 'r', status: 'queued' }
  const other = { id: 's', status: 'queued' }
  const fields = { status: 'running' }

  it('finds the row in a page, in pages, and by itself', () => {
    const page = { items: [other, row], nextCursor: null }
    const patched = { items: [other, { id: 'r', status: 'running' }], nextCursor: null }
    expect(patchedData(page, 'r', fields)).toEqual(patched)
    expect(patchedData({ pages: [page], pageParams: [null] }, 'r', fields)).toEqual({
      pages: [patched],
      pageParams: [null],
    })
    expect(patchedData(row, 'r', fields)).toEqual({ id: 'r', status: 'running' })
  })

  it('leaves everything else alone', () => {
    expect(patchedData(row, 'x', fields)).toBe(row)
    expect(patchedData(undefined, 'r', fields)).toBeUndefined()
  })
})
