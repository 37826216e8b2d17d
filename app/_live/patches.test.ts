import { describe, expect, it } from 'vitest'
import type { LiveEvent, LivePayload } from '@/server/domain/live-event'
import { patchedData, patchedRow, patchesOf } from './patches'

const head = { id: '1', companyId: 'c', createdAt: '2026-11-22T10:00:00.000Z' }

const run: LivePayload<'heartbeat.run.status'> = {
  runId: 'r',
  agentId: 'a',
  status: 'failed',
  invocationSource: 'timer',
  triggerDetail: 'system',
  createdAt: head.createdAt,
  startedAt: head.createdAt,
  finishedAt: head.createdAt,
  cancelRequestedAt: null,
  error: 'It failed.',
  errorCode: 'nonzero_exit',
  exitCode: 3,
  retryOfRunId: null,
}

describe('patchesOf', () => {
  it('patches the run of a status event and marks the lists as stale', () => {
    const patches = patchesOf({ ...head, type: 'heartbeat.run.status', payload: run })
    expect(patches).toEqual([
      { kind: 'run', id: 'r', fields: run },
      ...['runs', 'board', 'history', 'costs'].map((list) => ({ kind: 'stale', list })),
    ])
  })

  it('has a queued run fetched, because its row is not known yet', () => {
    const payload = { ...run, status: 'queued' } as const
    expect(patchesOf({ ...head, type: 'heartbeat.run.queued', payload })).toEqual([
      { kind: 'stale', list: 'runs' },
      { kind: 'stale', list: 'board' },
    ])
  })

  it('patches agents and wakeups by their own ids', () => {
    const times = { lastHeartbeatAt: null, nextHeartbeatAt: null }
    const agent = { agentId: 'a', status: 'paused', ...times } as const
    expect(patchesOf({ ...head, type: 'agent.status', payload: agent })[0]).toMatchObject({ kind: 'agent', id: 'a' })
    const skipped = { status: 'skipped', source: 'timer', skipReason: 'heartbeat.cooldown' } as const
    const wakeup = { wakeupId: 'w', agentId: 'a', runId: null, ...skipped }
    expect(patchesOf({ ...head, type: 'wakeup.status', payload: wakeup })[0]).toMatchObject({ kind: 'wakeup', id: 'w' })
  })

  it('has a run fetched after a charge, but not after other run events', () => {
    const patchesFor = (eventType: 'usage' | 'warning') => {
      const payload = { runId: 'r', agentId: 'a', seq: 1, eventType, level: 'info', message: '' } as const
      return patchesOf({ ...head, type: 'heartbeat.run.event', payload })
    }
    expect(patchesFor('usage')).toMatchObject([{ kind: 'run', id: 'r' }])
    expect(patchesFor('warning')).toEqual([])
  })

  it('resets after a gap', () => {
    expect(patchesOf({ ...head, type: 'live.reset', payload: {} })).toEqual([{ kind: 'reset' }])
  })

  it('passes over a type that only a newer server knows', () => {
    const newer: { type: string } = { type: 'hold.status' }
    expect(patchesOf({ ...head, ...newer, payload: {} } as LiveEvent)).toEqual([])
  })
})

describe('patchedRow', () => {
  it('merges only fields that the row has', () => {
    expect(patchedRow({ id: 'r', status: 'queued' }, { status: 'running', secret: 1 })).toEqual({
      id: 'r',
      status: 'running',
    })
  })

  it('keeps a final status when older events arrive late', () => {
    const done = { id: 'r', status: 'succeeded' }
    expect(patchedRow(done, { status: 'running' })).toBe(done)
    expect(patchedRow(done, { status: 'cancelled' })).toBe(done)
    expect(patchedRow({ id: 'r', status: 'running' }, { status: 'queued' }).status).toBe('running')
  })

  it('returns the same row if nothing changed, so that it is not rendered again', () => {
    const row = { id: 'a', status: 'idle' }
    expect(patchedRow(row, { status: 'idle' })).toBe(row)
  })
})

describe('patchedData', () => {
  const row = { id: 'r', status: 'queued' }
  const other = { id: 's', status: 'queued' }
  const fields = { status: 'running' }

  it('finds the row in a page, in pages and on its own', () => {
    const page = { items: [other, row], nextCursor: null }
    const patched = { items: [other, { id: 'r', status: 'running' }], nextCursor: null }
    expect(patchedData(page, 'r', fields)).toEqual(patched)
    expect(patchedData({ pages: [page], pageParams: [null] }, 'r', fields)).toEqual({
      pages: [patched],
      pageParams: [null],
    })
    expect(patchedData(row, 'r', fields)).toEqual({ id: 'r', status: 'running' })
  })

  it('leaves other data unchanged', () => {
    expect(patchedData(row, 'x', fields)).toBe(row)
    expect(patchedData(undefined, 'r', fields)).toBeUndefined()
  })
})
