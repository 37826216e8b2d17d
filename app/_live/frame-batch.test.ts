import { expect, it } from 'vitest'
import { createFrameBatch } from './frame-batch'
import type { Patch } from './patches'

type RunPatch = Extract<Patch, { kind: 'run' }>

function batchWithFrames() {
  const applied: Patch[][] = []
  const frames: (() => void)[] = []
  const batch = createFrameBatch(
    (patches) => applied.push(patches),
    (work) => {
      frames.push(work)
      return () => void frames.splice(frames.indexOf(work), 1)
    },
  )
  return { batch, applied, frames }
}

const run = (id: string, fields: RunPatch['fields']): RunPatch => ({ kind: 'run', id, fields })

it('merges a burst into one batch: each row once with its latest fields, each list once', () => {
  const { batch, applied, frames } = batchWithFrames()
  batch.add([run('a', { status: 'queued', invocationSource: 'timer' }), { kind: 'stale', list: 'runs' }])
  batch.add([run('b', { status: 'queued' }), { kind: 'stale', list: 'runs' }])
  batch.add([run('a', { status: 'running' })])
  expect(applied).toEqual([])
  expect(frames).toHaveLength(1)
  frames.shift()?.()
  expect(applied).toEqual([
    [
      run('a', { status: 'running', invocationSource: 'timer' }),
      { kind: 'stale', list: 'runs' },
      run('b', { status: 'queued' }),
    ],
  ])
  batch.add([run('a', { status: 'failed' })])
  frames.shift()?.()
  expect(applied[1]).toEqual([run('a', { status: 'failed' })])
})

it('requests no frame without patches, and drops pending ones when it is stopped', () => {
  const { batch, applied, frames } = batchWithFrames()
  batch.add([])
  expect(frames).toHaveLength(0)
  batch.add([run('a', {})])
  batch.stop()
  expect(frames).toHaveLength(0)
  expect(applied).toEqual([])
})
