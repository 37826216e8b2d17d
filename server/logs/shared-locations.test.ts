import { afterAll, expect, test } from 'vitest'
import { eventually } from '@/tests/eventually'
import { createLogDir, textOf } from './fixtures/log-dir'
import { followRun } from './follow-run'
import type { Located } from './locate'
import type { LogEntry } from './log-store'
import { createLogNotifier } from './notifier'
import { createSharedLocations } from './shared-locations'
import { createSharedReads } from './shared-reads'

const dir = await createLogDir()
afterAll(() => dir.remove())

test('many followers of one silent run share the queries for its location, and notice its end at once', async () => {
  const runId = dir.runId()
  const log = await dir.store.open(runId)
  const base = { reading: dir.store, remote: null, endOffset: null, hasServer: true, host: null, isServerLost: false }
  let located: Located = { ...base, isFinal: false }
  let questions = 0
  const locate = async () => {
    questions += 1
    return located
  }
  const shared = createSharedLocations(locate)
  const notifier = createLogNotifier({ silenceMs: 10 })
  let looks = 0
  const leave = new AbortController()
  const followers = Array.from({ length: 30 }, async () => {
    const entries: LogEntry[] = []
    const locateRecent = () => {
      looks += 1
      return shared(runId)
    }
    const following = { locate, locateRecent, notifier, read: createSharedReads(), runId, offset: 0 }
    for await (const entry of followRun({ ...following, signal: leave.signal })) entries.push(entry)
    return textOf(entries)
  })
  await eventually(() => looks > 300, 'ten polls of each')
  // Each follower queries twice at its start; all together once every two seconds.
  expect(questions).toBeLessThan(2 * 30 + looks / 10)

  void log.append('stdout', Buffer.from('the end\n'))
  const { bytes } = await log.close()
  located = { ...located, isFinal: true, endOffset: bytes }
  notifier.notify(runId, 'ended')
  expect(new Set(await Promise.all(followers))).toEqual(new Set(['the end\n']))
})
