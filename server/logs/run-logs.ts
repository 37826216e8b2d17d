import { unlessAway } from '@/db/away'
import type { RawSql } from '@/db/client'
import { Failure, notFound } from '@/server/domain/errors'
import { isFinal, type RunStatus } from '@/server/domain/run-status'
import { followLog } from './follow'
import type { LinesPage, LinesQuery, LogEntry, LogPage, LogQuery, LogStore, SearchPage, SearchQuery } from './log-store'
import { createNotifier, type Notifier } from './notifier'
import type { LogPlaces } from './places'

type Placed = {
  status: RunStatus
  logBytes: number | null
  dataDir: string | null
  storeId: string | null
}

export type RunLogs = {
  places: LogPlaces
  /** Where a run's log is, and where it ends once the run is final. Fails with `not_found` or `unavailable`. */
  locate(runId: string): Promise<{ store: LogStore; endOffset: number | null }>
  read(runId: string, query: LogQuery): Promise<LogPage & { done: boolean }>
  /** `done`: no more lines will come. */
  lines(runId: string, query: LinesQuery): Promise<LinesPage & { done: boolean }>
  /** Through what the log holds now. */
  search(runId: string, query: SearchQuery, signal: AbortSignal): AsyncGenerator<SearchPage, void>
  follow(
    runId: string,
    offset: number,
    signal: AbortSignal,
    backpressure?: () => Promise<void>,
  ): AsyncGenerator<LogEntry, void>
  notifier: Notifier
}

/** The logs of all runs whose servers kept them where they can be reached from here. */
export function createRunLogs(sql: RawSql, places: LogPlaces): RunLogs {
  const notifier = createNotifier({ silenceMs: 500 })

  async function locate(runId: string) {
    const [run] = await sql<Placed[]>`
      select r.status, r.log_bytes, s.data_dir, s.store_id
      from heartbeat_runs r left join servers s on s.id = r.server_id where r.id = ${runId}`
    if (!run) throw notFound('run')
    const { dataDir, storeId } = run
    const store = dataDir === null || storeId === null ? places.own : places.at({ dataDir, storeId })
    if (!store) {
      throw new Failure(
        'unavailable',
        'The log of this run is kept by a server on another machine. Ask that server for it.',
      )
    }
    return { store, endOffset: isFinal(run.status) ? (run.logBytes ?? 0) : null }
  }

  async function storeOf(runId: string): Promise<LogStore | null> {
    return (await placeOf(sql, runId)) ? (await locate(runId)).store : null
  }

  return {
    places,
    locate,
    notifier,
    async read(runId, query) {
      const { store, endOffset } = await locate(runId)
      const page = await store.read(runId, { ...query, endOffset: endOffset ?? undefined })
      return { ...page, done: endOffset !== null && page.nextOffset >= endOffset }
    },
    async lines(runId, query) {
      const { store, endOffset } = await locate(runId)
      const page = await store.lines(runId, { ...query, endOffset: endOffset ?? undefined })
      return { ...page, done: endOffset !== null && page.nextOffset >= endOffset }
    },
    async *search(runId, query, signal) {
      const { store, endOffset } = await locate(runId)
      yield* store.search(runId, { ...query, endOffset: endOffset ?? undefined }, signal)
    },
    async *follow(runId, offset, signal, backpressure) {
      let store: LogStore | null = null
      yield* followLog({
        offset,
        signal,
        backpressure,
        subscribe: () => notifier.subscribe(runId),
        // The text does not pass through the database: while that is away, who follows goes on following.
        finalBytes: async () => (await unlessAway(locate(runId)))?.endOffset ?? null,
        async read(query) {
          // A queued run has no server yet, and so no place: it is asked for until its log begins.
          store ??= await unlessAway(storeOf(runId))
          return store ? store.read(runId, query) : { entries: [], nextOffset: query.offset, logBytes: 0 }
        },
      })
    },
  }
}

async function placeOf(sql: RawSql, runId: string): Promise<string | null> {
  const [run] = await sql<{ serverId: string | null }[]>`select server_id from heartbeat_runs where id = ${runId}`
  return run?.serverId ?? null
}
