import type { HeldRun } from '@/server/engine/runs/claim'
import type { Topic } from '@/server/live/notifier'

/** What boot tells its runner. */
export type ToRunner =
  /** The first: what it works with. Not in its environment, which every program that it starts may read. */
  | { type: 'begin'; environment: Record<string, string | undefined>; settings: RunnerSettings }
  | { type: 'notify'; topics: Topic[] }
  /** A run is claimed for the worker `serverId`, and committed. */
  | { type: 'claimed'; serverId: string; run: HeldRun }
  | { type: 'drain'; drainMs: number }
  | { type: 'kill' }

/** What a runner tells its boot. Hints all of them, but `life`: it names whose runs are left behind when it dies. */
export type FromRunner =
  | { type: 'notify'; topics: Topic[] }
  | { type: 'log'; runId: string; what: 'grew' | 'ended' }
  | { type: 'life'; serverId: string }
  | { type: 'others'; any: boolean }
  /** So many runs may be claimed for the worker `serverId`. */
  | { type: 'room'; serverId: string; free: number }
  | { type: 'ready' }

/** What the runner is given beside the settings of its boot. */
export type RunnerSettings = { group: string; bootPid: number; apiUrl: string; url: string | null }
