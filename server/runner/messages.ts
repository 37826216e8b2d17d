import type { HeldRun } from '@/server/engine/runs/claim'
import type { Topic } from '@/server/live/notifier'

/** Messages from boot to its runner. */
export type ToRunner =
  /** The first one. The settings are not in the runner's environment, which every program that it starts may read. */
  | { type: 'begin'; environment: Record<string, string | undefined>; settings: RunnerSettings }
  | { type: 'notify'; topics: Topic[] }
  /** A run is claimed for the worker `workerId`, and committed. */
  | { type: 'claimed'; workerId: string; run: HeldRun }
  | { type: 'drain'; drainMs: number }
  | { type: 'kill' }

/** Messages from a runner to its boot. All are hints except `worker`: it names the worker whose runs are left if it dies. */
export type FromRunner =
  | { type: 'notify'; topics: Topic[] }
  | { type: 'log'; runId: string; what: 'grew' | 'ended' }
  | { type: 'worker'; workerId: string }
  | { type: 'others'; any: boolean }
  /** So many runs may be claimed for the worker `workerId`. */
  | { type: 'room'; workerId: string; free: number }
  | { type: 'ready' }

/** The settings of a runner that are not in the environment of its boot. */
export type RunnerSettings = { group: string; bootPid: number; apiUrl: string; url: string | null }
