import type { z } from 'zod'
import type { JsonObject } from '@/server/domain/json'
import type { NewRunEvent } from '@/server/domain/run-event'
import type { ModelCharge, SessionUsage, Usage } from '@/server/domain/run-report'
import type { LogStream, RunErrorCode } from '@/server/domain/run-status'

export type { ModelCharge, SessionUsage, Usage } from '@/server/domain/run-report'

/** Why a run's AbortSignal fired: the `reason` of the signal. The first cause wins. */
export type StopCause = 'cancelled' | 'lease_lost' | 'server_stopped' | 'budget_exceeded'

/** What the program said about its own run, checked; `null` where it said nothing usable. */
export type Report = {
  summary: string | null
  result: unknown
  usage: Usage | null
  costUsd: number | null
  provider: string | null
  model: string | null
  sessionId: string | null
  clearSession: boolean
}

/** What an adapter tells of a run: the statuses are the runner's to tell. */
export type AdapterEvent = Exclude<NewRunEvent, { eventType: 'lifecycle' }>

/** What the runner hands to an adapter for one run. */
export type Execution<Config> = {
  run: { id: string; agentId: string; companyId: string; source: string; reason: string | null }
  agent: { id: string; name: string }
  company: { id: string; name: string }
  config: Config
  context: JsonObject
  /** The session to resume, or null for a new one. */
  sessionId: string | null
  /** The `REVEILLE_*` variables; they stand above the agent's own `env`. */
  env: Record<string, string>
  signal: AbortSignal
  /** Appends output to the run's log; awaits when the disk is behind, so that the child's pipe fills instead of memory. */
  append(stream: LogStream, bytes: Buffer): Promise<void> | undefined
  emit(event: AdapterEvent): void
  /** The result that is posted for this run; rejects with the signal's reason when that fires first. */
  result(signal: AbortSignal): Promise<unknown>
  /** Takes no further results, and answers the one that was accepted before, if any was. */
  lastResult(): Promise<{ body: unknown } | null>
  /** What a session had used in all, as `sessionUsage` of earlier outcomes told it, the newest first. */
  sessionUsage(sessionId: string): Promise<SessionUsage[]>
  /** The process that was started, so that another runner can find it. `startedTicks` tells a reused pid apart. */
  started(process: { pid: number; startedTicks: string | null }): void
}

/**
 * How the work ended. `stopped` means that the AbortSignal's cause ended it: the runner knows which status that is.
 * An adapter answers when nothing of its work is left alive.
 */
export type Outcome = Report & {
  end: 'succeeded' | 'failed' | 'timed_out' | 'stopped'
  errorCode: RunErrorCode | null
  /** A sentence for people; null on success. */
  error: string | null
  exitCode: number | null
  signal: NodeJS.Signals | null
  /** Processes that outlived the program and had to be killed. */
  survivorsKilled: number
  /** Usage and cost by model; without it the report's own are the one charge. */
  charges?: ModelCharge[]
  /** What the session has used in all, where the program tells that. */
  sessionUsage?: SessionUsage
}

export type Check = { name: string; level: 'info' | 'warn' | 'error'; message: string }

export type Adapter<Config = unknown> = {
  label: string
  description: string
  /** One schema for the form, the JSON Schema, the docs and the validation. */
  config: z.ZodType<Config>
  /** How its tokens are paid for no price list tells (a subscription, say): what it does not report is never estimated. */
  isUnpriced?: boolean
  execute(execution: Execution<Config>): Promise<Outcome>
  /** Looks at the machine the adapter would run on: command found, version, directory, sign-in. */
  check(config: Config): Promise<Check[]>
}
