import { isMissing, isSignedOut } from '@/app/_trpc/api-error'
import type { ApiClient } from '@/app/_trpc/client'
import { keepSubscribed } from './keep-subscribed'
import { createLogBuffer, type LogEntry, type LogSnapshot } from './log-buffer'
import { findLogEnd } from './log-end'
import { createRenderThrottle } from './render-throttle'

export type RunLogState = LogSnapshot & {
  /** `reading`: nothing is known yet. `ended`: this is all there will ever be. */
  phase: 'reading' | 'following' | 'ended' | 'refused'
  /** The server that runs it can not be reached: nothing new comes. */
  isServerUnreachable: boolean
  loadingEarlier: boolean
}

export type RunLog = ReturnType<typeof createRunLog>

/** A log up to this many bytes is read from its start; of a longer one the end is shown first. */
const wholeBytes = 4 * 1024 * 1024
const tailBytes = 1024 * 1024
const earlierBytes = 512 * 1024
const drawEveryMs = 30

/** Follows a run's log into a bounded buffer. `logBytes` is its length where the run has ended, else null. */
export function createRunLog(client: ApiClient, runId: string, logBytes: number | null) {
  const buffer = createLogBuffer()
  const listeners = new Set<() => void>()
  let state: RunLogState = { ...buffer.snapshot(), phase: 'reading', isServerUnreachable: false, loadingEarlier: false }
  const drawing = createRenderThrottle(
    () => set({ phase: state.phase === 'reading' ? 'following' : state.phase }),
    drawEveryMs,
  )
  let stopFollowing = () => {}
  let stopped = false

  function set(change: Partial<RunLogState>) {
    state = { ...state, ...buffer.snapshot(), ...change }
    for (const listener of listeners) listener()
  }

  async function start() {
    const { offset: from, firstLine } = await lineAt(client, runId, await startOf(client, runId, logBytes))
    if (stopped) return
    buffer.beginAt(firstLine)
    stopFollowing = followText(client, runId, () => Math.max(from, buffer.snapshot().nextOffset), {
      onEntry(entry) {
        if (entry.owner) return set({ isServerUnreachable: entry.owner === 'gone' })
        buffer.append(entry)
        drawing.soon()
      },
      // Who begins anew is told anew.
      onBegun: () => set({ isServerUnreachable: false }),
      onEnd: () => set({ phase: 'ended', isServerUnreachable: false }),
      onRefused: () => set({ phase: 'refused', isServerUnreachable: false }),
    })
    if (logBytes === null) set({ phase: 'following' })
  }

  void start()
  return {
    getState: () => state,
    subscribe(listener: () => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async loadEarlier() {
      if (state.loadingEarlier || state.firstOffset === 0) return
      set({ loadingEarlier: true })
      try {
        const { offset, firstLine } = await lineAt(client, runId, Math.max(0, state.firstOffset - earlierBytes))
        buffer.prepend(await readRange(client, runId, offset, state.firstOffset), firstLine)
      } finally {
        if (!stopped) set({ loadingEarlier: false })
      }
    },
    stop() {
      stopped = true
      drawing.stop()
      stopFollowing()
    },
  }
}

type TextHandlers = { onEntry(entry: LogEntry): void; onBegun(): void; onEnd(): void; onRefused(): void }

/** Subscribes to the log from `offset()` on, again and again until it has ended. */
function followText(client: ApiClient, runId: string, offset: () => number, handlers: TextHandlers) {
  const { onEntry, onBegun, onEnd, onRefused } = handlers
  return keepSubscribed(
    (state) =>
      client.run.onLog.subscribe(
        { runId, offset: offset(), tellsOwner: true },
        {
          ...state,
          onStarted() {
            state.onStarted()
            onBegun()
          },
          onData: ({ data }) => onEntry(data),
          onComplete: onEnd,
        },
      ),
    onRefused,
  )
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

/** The line that holds an offset: its number, and where it begins. */
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

/** The entries from `from` to before `to`, in bytes of the log. */
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
