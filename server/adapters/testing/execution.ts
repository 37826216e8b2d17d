import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Adapter, AdapterEvent, Execution, Outcome, SessionUsage, StopCause } from '@/server/adapters/adapter'
import { runEventSchema } from '@/server/domain/run-event-schema'

export type Given = {
  context?: Record<string, unknown>
  sessionId?: string | null
  reason?: string | null
  /** The usage of the session reported by its earlier runs, newest first. */
  sessionUsage?: SessionUsage | SessionUsage[] | null
  apiUrl?: string
  /** A posted result is only seen by the final query. */
  isUnheard?: boolean
  /** Stopped before it begins. */
  stopped?: StopCause
}

export type Started = {
  run: Execution<unknown>['run']
  seen: { stdout: string; stderr: string; log: string; events: AdapterEvent[]; pids: number[] }
  outcome: Promise<Outcome>
  stop(cause: StopCause): void
  /** Posts the result that an asynchronous agent would post. */
  post(result: unknown): void
  env: Record<string, string>
  warnings(): string[]
}

const folder = mkdtempSync(join(tmpdir(), 'reveille-adapter-'))

/** Executes a config as the runner does, and keeps everything that the runner would record. */
export function startExecution<Config>(adapter: Adapter<Config>, config: unknown, given: Given = {}): Started {
  const run = {
    id: randomUUID(),
    agentId: randomUUID(),
    companyId: randomUUID(),
    source: 'on_demand',
    reason: given.reason ?? null,
  }
  const stopping = new AbortController()
  if (given.stopped) stopping.abort(given.stopped)
  const seen: Started['seen'] = { stdout: '', stderr: '', log: '', events: [], pids: [] }
  const env = {
    REVEILLE_RUN_ID: run.id,
    REVEILLE_RESULT_FILE: join(folder, run.id),
    REVEILLE_API_URL: given.apiUrl ?? 'http://127.0.0.1:1',
    REVEILLE_API_KEY: `key-of-${run.id}`,
  }
  let last: { body: unknown } | null = null
  let post: (result: unknown) => void = () => {}
  const posted = new Promise<unknown>((resolve) => {
    post = (body) => {
      last ??= { body }
      if (!given.isUnheard) resolve(body)
    }
  })
  const execution: Execution<Config> = {
    run,
    agent: { id: run.agentId, name: 'Ada' },
    company: { id: run.companyId, name: 'Acme' },
    config: adapter.config.parse(config),
    context: given.context ?? {},
    sessionId: given.sessionId ?? null,
    env,
    signal: stopping.signal,
    append(stream, bytes) {
      seen[stream] += bytes
      seen.log += bytes
      return undefined
    },
    emit(event) {
      runEventSchema.parse(event)
      seen.events.push(event)
    },
    result: (signal) => Promise.race([posted, aborted(signal)]),
    lastResult: async () => last,
    sessionUsage: async () => [given.sessionUsage ?? []].flat(),
    started: ({ pid }) => void seen.pids.push(pid),
  }
  const outcome = adapter.execute(execution)
  return {
    run,
    seen,
    outcome,
    env,
    post,
    stop: (cause) => stopping.abort(cause),
    warnings: () => warningsOf(seen.events),
  }
}

function warningsOf(events: AdapterEvent[]): string[] {
  return events.filter((event) => event.eventType === 'warning').map((event) => event.message)
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
}
