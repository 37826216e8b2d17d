import type { Nudge } from '@/server/live/nudges'
import type { ClaimedRun } from '@/server/runs/claim'

/** What boot tells its runner. */
export type ToRunner =
  | { type: 'nudge'; nudges: Nudge[] }
  /** A lent place is being used, by a run of the life `serverId` that is about to be committed. As JSON: dates are texts. */
  | { type: 'prepare'; serverId: string; run: ClaimedRun }
  /** It is committed. */
  | { type: 'claimed'; serverId: string }
  /** A lent place comes back unused; `isUnsure`: it may have been used, by the run that was prepared. */
  | { type: 'place'; serverId: string; isUnsure: boolean }
  | { type: 'drain'; drainMs: number }
  | { type: 'kill' }

/** What a runner tells its boot. Hints all of them, but `life`: it names whose runs are left behind when it dies. */
export type FromRunner =
  | { type: 'nudge'; nudges: Nudge[] }
  | { type: 'log'; runId: string; what: 'grew' | 'ended' }
  | { type: 'life'; serverId: string }
  | { type: 'others'; any: boolean }
  /** Boot may claim one run for the life `serverId`. */
  | { type: 'lend'; serverId: string }
  /** The place is wanted back, if it is not in use. */
  | { type: 'recall'; serverId: string }
  | { type: 'ready' }

/** What the runner is started with, beside the environment. */
export type RunnerSettings = { group: string; bootPid: number; apiUrl: string; url: string | null }
