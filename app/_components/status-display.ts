import type { AgentStatus, CompanyStatus } from '@/server/domain/agent-status'
import type { RunStatus } from '@/server/domain/run-status'
import type { WakeupStatus } from '@/server/domain/wakeup-status'

export type Status = RunStatus | WakeupStatus | AgentStatus | CompanyStatus
export type Shape = 'dot' | 'ring' | 'tick' | 'cross' | 'bar' | 'clock' | 'bars' | 'disc' | 'merge' | 'skip' | 'box'

/** Every status has its own shape, so that it does not depend on colour. */
export const statusDisplay = {
  queued: { label: 'queued', shape: 'dot', colour: 'text-queued' },
  claimed: { label: 'claimed', shape: 'ring', colour: 'text-running' },
  running: { label: 'running', shape: 'ring', colour: 'text-running' },
  succeeded: { label: 'succeeded', shape: 'tick', colour: 'text-succeeded' },
  completed: { label: 'completed', shape: 'tick', colour: 'text-succeeded' },
  failed: { label: 'failed', shape: 'cross', colour: 'text-failed' },
  cancelled: { label: 'cancelled', shape: 'bar', colour: 'text-cancelled' },
  timed_out: { label: 'timed out', shape: 'clock', colour: 'text-timed-out' },
  coalesced: { label: 'coalesced', shape: 'merge', colour: 'text-queued' },
  skipped: { label: 'skipped', shape: 'skip', colour: 'text-cancelled' },
  idle: { label: 'idle', shape: 'dot', colour: 'text-queued' },
  error: { label: 'error', shape: 'cross', colour: 'text-failed' },
  paused: { label: 'paused', shape: 'bars', colour: 'text-paused' },
  terminated: { label: 'terminated', shape: 'box', colour: 'text-cancelled' },
  active: { label: 'active', shape: 'disc', colour: 'text-succeeded' },
  archived: { label: 'archived', shape: 'box', colour: 'text-cancelled' },
} as const satisfies Record<Status, { label: string; shape: Shape; colour: string }>
