import type { HeldRun } from '@/server/engine/runs/claim'
import type { Claims } from './claims'
import type { Outbox } from './outbox'
import type { Slots } from './slots'

export type LiveProcess = { pid: number; startedTicks: string | null }
export type LiveRun = HeldRun & { abort: AbortController; done: Promise<void>; process: LiveProcess | null }

/** What is bound to one incarnation of the runner: its id is on every claim and every write. */
export type Worker = {
  serverId: string
  claims: Claims
  outbox: Outbox
  slots: Slots
  live: Map<string, LiveRun>
  /** Runs that were carried out and whose endings could not be written: they are not started again. */
  unwritten: Set<string>
}

/** Until its ending is written. */
export function isKnown({ live }: Worker, run: LiveRun): boolean {
  return live.get(run.id) === run
}
