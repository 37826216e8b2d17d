import { isMissing, isSignedOut } from '@/app/_trpc/api-error'
import type { ApiClient } from '@/app/_trpc/client'
import { followLog } from './follow-log'
import { createLogBuffer, type LogEntry, type LogSnapshot } from './log-buffer'
import { findLogEnd } from './log-end'
import { createRenderThrottle } from './render-throttle'
import { createStore } from './store'

export type RunLogState = LogSnapshot & {
  /** `reading`: nothing is known yet. `ended`: the log is complete. */
  phase: 'reading' | 'following' | 'ended' | 'refused'
  /** The server that executes the run cannot be reached: nothing new arrives. */
  isServerUnreachable: boolean
  loadingEarlier: boolean
}

export type RunLog = ReturnType<typeof createRunLog>

export const initialRunLog: RunLogState = {
  lines: [],
  firstOffset: 0,
  nextOffset: 0,
  trimmed: false,
  roomForEarlier: false,
  rowsDropped: 0,
  phase: 'reading',
  isServerUnreachable: false,
  loadingEarlier: false,
}

/** A log of up to this many bytes is read from its start; a longer one shows its end first. */
const wholeBytes = 4 * 1024 * 1024
const tailBytes = 1024 * 1024
const earlierBytes = 512 * 1024
const renderEveryMs = 30

/** Follows a run's log into a bounded buffer. `logBytes` is the log's length if the run has ended, else null. */
export function createRunLog(client: ApiClient, runId: string, logBytes: number | null) {
  const buffer = createLogBuffer()
  const store = createStore<RunLogState>(initialRunLog)
  const rendering = createRenderThrottle(() => {
    const { phase } = store.getState()
    set({ phase: phase === 'reading' ? 'following' : phase })
  }, renderEveryMs)
  let stopFollowing = () => {}
  let isStopped = false

  function set(change: Partial<RunLogState>) {
    store.set({ ...buffer.snapshot(), ...change })
  }

  async function start() {
    const { offset: from, firstLine } = await lineAt(client, runId, await startOf(client, runId, logBytes))
    if (isStopped) return
    buffer.beginAt(firstLine)
    stopFollowing = followLog(client, runId, () => Math.max(from, buffer.snapshot().nextOffset), {
      onEntry(entry) {
        buffer.append(entry)
        rendering.schedule()
      },
      onServerReachable: (isReachable) => set({ isServerUnreachable: !isReachable }),
      onEnd: () => set({ phase: 'ended', isServerUnreachable: false }),
      onRefused: () => set({ phase: 'refused', isServerUnreachable: false }),
    })
    if (logBytes === null) set({ phase: 'following' })
  }

  async function loadEarlier() {
    const { loadingEarlier, firstOffset } = store.getState()
    if (loadingEarlier || firstOffset === 0) return
    set({ loadingEarlier: true })
    try {
      const { offset, firstLine } = await lineAt(client, runId, Math.max(0, firstOffset - earlierBytes))
      buffer.prepend(await readRange(client, runId, offset, firstOffset), firstLine)
    } finally {
      if (!isStopped) set({ loadingEarlier: false })
    }
  }

  void start()
  return {
    getState: store.getState,
    subscribe: store.subscribe,
    loadEarlier,
    stop() {
      isStopped = true
      rendering.stop()
      stopFollowing()
    },
  }
}

async function startOf(client: ApiClient, runId: string, logBytes: number | null): Promise<number> {
  if (logBytes !== null) return logBytes <= wholeBytes ? 0 : logBytes - tailBytes
  try {
    const end = await findLogEnd((offset) => hasByteAt(client, runId, offset), wholeBytes)
    return Math.max(0, end - tailBytes)
  } catch {
    return 0
  }
}

/** The number and the byte offset of the line that contains an offset. */
async function lineAt(
  client: ApiClient,
  runId: string,
  offset: number,
): Promise<{ offset: number; firstLine: number }> {
  const start = { offset: 0, firstLine: 1 }
  if (offset === 0) return start
  return await client.run.logLines.query({ runId, at: { offset }, lines: 1, limitBytes: 4 }).catch(() => start)
}

async function hasByteAt(client: ApiClient, runId: string, offset: number): Promise<boolean> {
  try {
    return (await client.run.log.query({ runId, offset, limitBytes: 4 })).entries.length > 0
  } catch (error) {
    if (isMissing(error) || isSignedOut(error)) return false
    throw error
  }
}

/** The entries from byte `from` up to byte `to` of the log. */
async function readRange(client: ApiClient, runId: string, from: number, to: number): Promise<LogEntry[]> {
  const entries: LogEntry[] = []
  let offset = from
  while (offset < to) {
    const page = await client.run.log.query({ runId, offset, limitBytes: Math.min(1024 * 1024, to - offset) })
    entries.push(...page.entries.filter((entry) => entry.offset < to))
    if (page.entries.length === 0 || page.nextOffset <= offset) break
    offset = page.nextOffset
  }
  return entries
}
