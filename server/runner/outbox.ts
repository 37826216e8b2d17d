import { setTimeout as sleep } from 'node:timers/promises'
import type { RawSql } from '@/db/client'
import { isDataError } from '@/db/errors'
import type { Ended, Ending } from '@/server/engine/runs/ending'
import { note, type RunNote } from '@/server/engine/runs/events'
import type { Log } from '@/server/platform/logger'

export type Outbox = {
  note(note: RunNote): void
  /** Resolves when the ending is written, or another has won. Rejects only when `giveUp` says so. */
  end(ending: Ending): Promise<void>
  /** Notes of a run that are not written yet; they go with its ending. */
  takeNotes(runId: string): RunNote | undefined
}

const noteDelayMs = 20
/** Where many runs are under way, most notes can go with an ending. */
const busyNoteDelayMs = 60
const gatherMs = 4
const fewRuns = 2

/**
 * Writes what the runner learns, many runs in one transaction: while one batch is being committed the next gathers.
 * Notes wait a moment, and those of a run that ends meanwhile go with its ending. A database that is away is tried
 * again until `isHeld` says that the life is over: then a reaper ends its runs.
 */
export function createOutbox(options: {
  sql: RawSql
  serverId: string
  /** Writes endings, each only if the life still holds its run. */
  write(endings: Ending[]): Promise<Ended[]>
  isHeld(): boolean
  /** How many runs are under way, those among them whose endings are not written yet. */
  underWay(): number
  /** How long a database that is away is waited for. */
  patienceMs(): number
  onEnded(ended: Ended[]): void
  onNoted(): void
  log: Log
}): Outbox {
  const { sql, serverId, log } = options
  const notes = new Map<string, RunNote>()
  const written = new Map<string, number>()
  const waiting: { ending: Ending; done: () => void }[] = []
  let isNoting = false
  let noting: Promise<void> = Promise.resolve()
  let isEnding = false

  function isBusy(): boolean {
    return options.underWay() > fewRuns
  }

  async function writeNotes() {
    const batch = [...notes.values()].map(numbered)
    notes.clear()
    if (batch.length === 0) return
    await persist(
      'notes',
      () => note(sql, serverId, batch),
      () => noteOneByOne(batch),
    )
    options.onNoted()
  }

  function numbered(item: RunNote): RunNote {
    const nth = (written.get(item.runId) ?? 0) + 1
    written.set(item.runId, nth)
    return { ...item, nth }
  }

  /** Where the process is must be known though its events can not be stored: whoever cleans up looks there. */
  async function noteOneByOne(batch: RunNote[]): Promise<void> {
    for (const item of batch) {
      await persist(
        'note',
        () => note(sql, serverId, [item]),
        () => note(sql, serverId, [{ ...item, events: [] }]),
      )
    }
  }

  async function writeEndings() {
    if (isEnding) return
    isEnding = true
    while (waiting.length > 0) {
      const batch = waiting.splice(0)
      // Notes under way come before the final event, or never.
      await noting
      const endings = batch.map(({ ending }) => ending)
      const ended = await persist(
        'endings',
        () => options.write(endings),
        () => endOneByOne(endings),
      )
      for (const { done } of batch) done()
      options.onEnded(ended ?? [])
    }
    isEnding = false
  }

  async function endOneByOne(endings: Ending[]): Promise<Ended[]> {
    const ended: Ended[] = []
    for (const ending of endings) {
      const [bare, hollow] = [withoutReport(ending), withoutOutcome(ending)]
      const written = await persist(
        'ending',
        () => options.write([ending]),
        () => options.write([bare]),
        () => options.write([hollow]),
      )
      ended.push(...(written ?? []))
    }
    return ended
  }

  /** Tries until it is written or the life is over; what the database refuses for its content is written the next way. */
  async function persist<T>(what: string, ...ways: (() => Promise<T>)[]): Promise<T | undefined> {
    const since = performance.now()
    let pauseMs = 50
    for (let write = ways.shift(); write && options.isHeld(); ) {
      try {
        return await write()
      } catch (err) {
        log.warn({ err, what }, 'could not write to the database')
        if (isDataError(err)) {
          write = ways.shift()
          continue
        }
        if (performance.now() - since > options.patienceMs()) return undefined
        await sleep(pauseMs)
        pauseMs = Math.min(1000, pauseMs * 2)
      }
    }
    return undefined
  }

  return {
    note(item) {
      const own = notes.get(item.runId)
      notes.set(item.runId, {
        runId: item.runId,
        events: [...(own?.events ?? []), ...item.events],
        process: item.process ?? own?.process ?? null,
      })
      if (isNoting) return
      isNoting = true
      setTimeout(
        () => {
          isNoting = false
          noting = noting.then(writeNotes)
        },
        isBusy() ? busyNoteDelayMs : noteDelayMs,
      )
    },
    end: (ending) =>
      new Promise((done) => {
        waiting.push({ ending, done })
        // What ends at about the same time ends together: a transaction costs as much as several of its endings. Nobody
        // is waited for when all have ended.
        if (!isBusy() || waiting.length >= options.underWay()) void writeEndings()
        else setTimeout(() => void writeEndings(), gatherMs)
      }),
    takeNotes(runId) {
      const own = notes.get(runId)
      notes.delete(runId)
      written.delete(runId)
      return own
    },
  }
}

/** The outcome alone, when what the program reported can not be stored: the books are written, and nothing hangs. */
function withoutReport(ending: Ending): Ending {
  const warning = 'What the program reported could not be stored.'
  return { ...ending, report: null, charges: [], events: [{ eventType: 'warning', level: 'warn', message: warning }] }
}

/** The last resort: a run that can not be told of must not run for ever. */
function withoutOutcome({ runId, agentId, serverId }: Ending): Ending {
  const error = 'The outcome of the run could not be stored; the log of the server says why.'
  return { runId, agentId, serverId, status: 'failed', errorCode: 'adapter_failed', error }
}
