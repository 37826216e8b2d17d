import type { z } from 'zod'
import type { JsonObject } from '@/server/domain/json'
import type { NewRunEvent } from '@/server/domain/run-event'
import type { ModelCharge, SessionUsage, Usage } from '@/server/domain/run-report'
import type { LogStream, RunErrorCode } from '@/server/domain/run-status'

export type { ModelCharge, SessionUsage, Usage } from '@/server/domain/run-report'

/** Why a run's AbortSignal fired: the `reason` of the signal. The first cause wins. */
export type StopCause = 'cancelled' | 'lease_lost' | 'server_stopped' | 'budget_exceeded'

/** The program's checked report about its own run; a field is null where it reported nothing usable. */
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

/** The run events of an adapter; status changes are reported by the runner. */
export type AdapterEvent = Exclude<NewRunEvent, { eventType: 'lifecycle' }>

/** The input of an adapter for one run. */
export type Execution<Config> = {
  run: { id: string; agentId: string; companyId: string; source: string; reason: string | null }
  agent: { id: string; name: string }
  company: { id: string; name: string }
  config: Config
  context: JsonObject
  /** The session to resume, or null for a new one. */
  sessionId: string | null
  /** The `REVEILLE_*` variables; they take precedence over the agent's own `env`. */
  env: Record<string, string>
  signal: AbortSignal
  /** Appends output to the run's log. The promise is pending while the disk is behind, so that the child's pipe fills instead of memory. */
  append(stream: LogStream, bytes: Buffer): Promise<void> | undefined
  emit(event: AdapterEvent): void
  /** The result posted for this run; rejects with the signal's reason if it aborts first. */
  result(signal: AbortSignal): Promise<unknown>
  /** Closes the run to further results, and returns the one accepted before, if any. */
  lastResult(): Promise<{ body: unknown } | null>
  /** The total usage of a session, as reported in `sessionUsage` of earlier outcomes, newest first. */
  sessionUsage(sessionId: string): Promise<SessionUsage[]>
  /** Reports the started process, so that another runner can find it. `startedTicks` distinguishes a reused pid. */
  started(process: { pid: number; startedTicks: string | null }): void
}

/**
 * How the work ended. `stopped`: the AbortSignal ended it, and the runner derives the status from its reason.
 * An adapter resolves once none of its processes and requests is alive.
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
  /** The total usage of the session, where the program reports it. */
  sessionUsage?: SessionUsage
}

export type Check = { name: string; level: 'info' | 'warn' | 'error'; message: string }

export type Adapter<Config = unknown> = {
  label: string
  description: string
  /** One schema for the form, the JSON Schema, the docs and the validation. */
  config: z.ZodType<Config>
  /** Its tokens have no list price (a subscription, for example): an unreported cost is never estimated. */
  isUnpriced?: boolean
  execute(execution: Execution<Config>): Promise<Outcome>
  /** Checks the machine that the adapter runs on: command, version, directory, sign-in. */
  check(config: Config): Promise<Check[]>
}
