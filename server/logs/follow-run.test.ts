import { afterAll, expect, test } from 'vitest'
import { eventually } from '@/tests/eventually'
import { createLogDir, textOf } from './fixtures/log-dir'
import { followRun } from './follow-run'
import type { Located } from './locate'
import type { LogEntry } from './log-store'
import { createLogNotifier } from './notifier'
import { createSharedReads } from './shared-reads'

const dir = await createLogDir()
afterAll(() => dir.remove())

/** A run's log on this disk, and a follower that locates it through `located`, which the test may change. */
async function followed(first: Partial<Located>, tellsOwner = true) {
  const runId = dir.runId()
  const log = await dir.store.open(runId)
  const base = { reading: dir.store, remote: null, isFinal: false, endOffset: null, hasServer: true, host: null }
  const run = { runId, log, located: { ...base, isServerLost: false, ...first }, entries: [] as LogEntry[] }
  const following = followRun({
    locate: async () => run.located,
    locateRecent: async () => run.located,
    notifier: createLogNotifier({ silenceMs: 20 }),
    read: createSharedReads(),
    runId,
    offset: 0,
    signal: new AbortController().signal,
    tellsOwner,
  })
  const done = (async () => {
    for await (const entry of following) run.entries.push(entry)
  })()
  const end = async () => {
    const { bytes } = await log.close()
    run.located = { ...run.located, isFinal: true, isServerLost: false, endOffset: bytes }
    await done
  }
  const statuses = () => run.entries.flatMap((entry) => entry.owner ?? [])
  return Object.assign(run, {
    end,
    statuses,
    heard: (text: string) => eventually(() => textOf(run.entries) === text, text),
  })
}

test('follows a log in a local folder while the server that writes it is lost and comes back', async () => {
  const run = await followed({})
  void run.log.append('stdout', Buffer.from('one\n'))
  await run.heard('one\n')
  expect(run.statuses()).toEqual([])
  run.located = { ...run.located, isServerLost: true }
  await eventually(() => run.statuses().length === 1, 'the entry that it is gone')
  void run.log.append('stdout', Buffer.from('two\n'))
  await run.heard('one\ntwo\n')
  run.located = { ...run.located, isServerLost: false }
  await eventually(() => run.statuses().length === 2, 'the entry that it is back')
  await run.end()
  expect(run.entries.map(({ offset, nextOffset, owner }) => [offset, nextOffset, owner])).toEqual([
    [0, 4, undefined],
    [4, 4, 'gone'],
    [4, 8, undefined],
    [8, 8, 'back'],
  ])
})

test('a follower that does not ask for the status of the server gets only text', async () => {
  const run = await followed({ isServerLost: true }, false)
  void run.log.append('stdout', Buffer.from('text'))
  await run.heard('text')
  await run.end()
  expect(run.statuses()).toEqual([])
})

test('continues from the archive to the server itself, once that can be reached again', async () => {
  const run = await followed({ isServerLost: true })
  void run.log.append('stdout', Buffer.from('archived\n'))
  await run.heard('archived\n')
  expect(run.statuses()).toEqual(['gone'])
  const rest = { offset: 9, nextOffset: 13, ts: '2026-01-01T00:00:00.000Z', stream: 'stdout', chunk: 'live' } as const
  const asked: number[] = []
  const remote = {
    ...dir.store,
    async *follow(_runId: string, offset: number) {
      asked.push(offset)
      yield null
      yield rest
    },
  }
  run.located = { ...run.located, reading: remote, remote, isServerLost: false }
  await run.heard('archived\nlive')
  expect([asked, run.statuses()]).toEqual([[9], ['gone', 'back']])
  await run.log.close()
})
