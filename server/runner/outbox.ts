import { setTimeout as sleep } from 'node:timers/promises'
import type { RawSql } from '@/db/client'
import { isDataError } from '@/db/errors'
import type { Ended, Ending } from '@/server/engine/runs/ending'
import { note, type RunNote } from '@/server/engine/runs/events'
import type { Log } from '@/server/platform/logger'

export type Outbox = {
  note(note: RunNote): void
  /** Resolves when the ending is written, when another one was first, or when it is given up. */
  end(ending: Ending): Promise<void>
  /** Takes the notes of a run that are not written yet, to be written with its ending. */
  takeNotes(runId: string): RunNote | undefined
}

const noteDelayMs = 20
/** Where many runs are under way, most notes can go with an ending. */
const busyNoteDelayMs = 60
const gatherMs = 4
const fewRuns = 2

type OutboxOptions = {
  sql: RawSql
  workerId: string
  /** Writes endings, each only if the worker still holds its run. */
  write(endings: Ending[]): Promise<Ended[]>
  isHeld(): boolean
  /** How many runs are under way, including those whose endings are not written yet. */
  underWay(): number
  /** How long writes are retried while the database cannot be reached. */
  patienceMs(): number
  onEnded(ended: Ended[]): void
  onNoted(): void
  log: Log
}

/**
 * Writes the notes and endings of the runner, those of many runs in one transaction: while one batch is being committed the
 * next gathers. Notes wait a moment, and those of a run that ends meanwhile go with its ending. Writes to a database that
 * cannot be reached are retried until the lease is lost: then a reaper ends the runs.
 */
export function createOutbox(options: OutboxOptions): Outbox {
  const persist = createPersist(options)
  const notes = createNoteWriter(options, persist)
  const endings = createEndingWriter(options, persist, notes.written)
  return { note: notes.add, end: endings.add, takeNotes: notes.take }
}

function isBusy(options: OutboxOptions): boolean {
  return options.underWay() > fewRuns
}

function createNoteWriter(options: OutboxOptions, persist: Persist) {
  const { sql, workerId } = options
  const notes = new Map<string, RunNote>()
  const counts = new Map<string, number>()
  let isScheduled = false
  let writing: Promise<void> = Promise.resolve()

  async function writeAll() {
    const batch = [...notes.values()].map(numbered)
    notes.clear()
    if (batch.length === 0) return
    await persist(
      'notes',
      () => note(sql, workerId, batch),
      () => noteOneByOne(options, persist, batch),
    )
    options.onNoted()
  }

  function numbered(item: RunNote): RunNote {
    const nth = (counts.get(item.runId) ?? 0) + 1
    counts.set(item.runId, nth)
    return { ...item, nth }
  }

  function schedule() {
    if (isScheduled) return
    isScheduled = true
    setTimeout(
      () => {
        isScheduled = false
        writing = writing.then(writeAll)
      },
      isBusy(options) ? busyNoteDelayMs : noteDelayMs,
    )
  }

  return {
    /** Resolves when the notes that are being written are written. */
    written: () => writing,
    add(item: RunNote) {
      const own = notes.get(item.runId)
      notes.set(item.runId, {
        runId: item.runId,
        events: [...(own?.events ?? []), ...item.events],
        process: item.process ?? own?.process ?? null,
      })
      schedule()
    },
    take(runId: string): RunNote | undefined {
      const own = notes.get(runId)
      notes.delete(runId)
      counts.delete(runId)
      return own
    },
  }
}

/** The process must be known even if its events cannot be stored: the reaper looks for it there. */
async function noteOneByOne({ sql, workerId }: OutboxOptions, persist: Persist, batch: RunNote[]): Promise<void> {
  for (const item of batch) {
    await persist(
      'note',
      () => note(sql, workerId, [item]),
      () => note(sql, workerId, [{ ...item, events: [] }]),
    )
  }
}

function createEndingWriter(options: OutboxOptions, persist: Persist, notesWritten: () => Promise<void>) {
  const waiting: { ending: Ending; done: () => void }[] = []
  let isWriting = false

  async function writeAll() {
    if (isWriting) return
    isWriting = true
    while (waiting.length > 0) {
      const batch = waiting.splice(0)
      // Notes under way come before the final event, or never.
      await notesWritten()
      const endings = batch.map(({ ending }) => ending)
      const ended = await persist(
        'endings',
        () => options.write(endings),
        () => writeOneByOne(endings),
      )
      for (const { done } of batch) done()
      options.onEnded(ended ?? [])
    }
    isWriting = false
  }

  async function writeOneByOne(endings: Ending[]): Promise<Ended[]> {
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

  return {
    add: (ending: Ending) =>
      new Promise<void>((done) => {
        waiting.push({ ending, done })
        // Runs that end at about the same time end together: a transaction costs as much as several endings. When all
        // runs have ended there is nothing to wait for.
        if (!isBusy(options) || waiting.length >= options.underWay()) void writeAll()
        else setTimeout(() => void writeAll(), gatherMs)
      }),
  }
}

type Persist = <T>(what: string, ...ways: (() => Promise<T>)[]) => Promise<T | undefined>

/** Tries until it is written or the lease is lost; what the database refuses for its content is written the next way. */
function createPersist({ isHeld, patienceMs, log }: OutboxOptions): Persist {
  return async (what, ...ways) => {
    const since = performance.now()
    let pauseMs = 50
    for (let write = ways.shift(); write && isHeld(); ) {
      try {
        return await write()
      } catch (err) {
        log.warn({ err, what }, 'could not write to the database')
        if (isDataError(err)) {
          write = ways.shift()
          continue
        }
        if (performance.now() - since > patienceMs()) return undefined
        await sleep(pauseMs)
        pauseMs = Math.min(1000, pauseMs * 2)
      }
    }
    return undefined
  }
}

/** The outcome alone, when the report of the program cannot be stored: the run still ends. */
function withoutReport(ending: Ending): Ending {
  const warning = 'What the program reported could not be stored.'
  return { ...ending, report: null, charges: [], events: [{ eventType: 'warning', level: 'warn', message: warning }] }
}

/** The last resort: a run whose outcome cannot be stored must not stay running for ever. */
function withoutOutcome({ runId, agentId, workerId }: Ending): Ending {
  const error = 'The outcome of the run could not be stored; the log of the server says why.'
  return { runId, agentId, workerId, status: 'failed', errorCode: 'adapter_failed', error }
}
