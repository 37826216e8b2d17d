import { isAnswer } from '@/db/away'
import { Failure } from '@/server/domain/errors'
import type { Nudge } from '@/server/live/nudges'
import type { ClaimedRun } from '@/server/runs/claim'

/** One place of a runner, lent to whoever records a wakeup: its run is then started where it is queued. */
export type Place = {
  /** The life of the runner. */
  serverId: string
  /** The run is written as started, and is about to be committed: the runner makes ready. */
  prepare(run: ClaimedRun): void
  /** It is committed: the runner carries it out. */
  handOver(): void
  /** `isUnsure`: whether a start was committed is not known. */
  giveBack(isUnsure: boolean): void
}

export type Places = { take(): Place | null }

/** What one wakeup does with a place: takes it when its run needs it, and hands it over or gives it back in any case. */
export type Taking = {
  /** Who is to look after the wakeup. */
  nudges(): Nudge[]
  /** The life that may start the run. */
  take(): string | null
  /** The run is written as started, and not committed yet. */
  started(run: ClaimedRun): void
  committed(): void
  failed(error: unknown): void
}

export function createTaking(places: Places): Taking {
  let place: Place | null = null
  let run: ClaimedRun | null = null
  return {
    nudges: () => (run ? ['live'] : ['runs', 'live']),
    take() {
      place ??= places.take()
      return place?.serverId ?? null
    },
    started(given) {
      run = given
      place?.prepare(run)
    },
    committed() {
      if (run) place?.handOver()
      else place?.giveBack(false)
    },
    failed(error) {
      // Ours is thrown before COMMIT is sent, and the database's is a no. Else it may be a yes: the runner looks for the run.
      place?.giveBack(run !== null && !(error instanceof Failure) && !isAnswer(error))
      run = null
    },
  }
}
