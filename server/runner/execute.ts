import type { Adapter, AdapterEvent, Execution, Outcome, SessionUsage, StopCause } from '@/server/adapters/adapter'
import { noProcess } from '@/server/adapters/outcome'
import { adapterOf } from '@/server/adapters/registry'
import { emptyReport } from '@/server/adapters/report'
import { reasonOf } from '@/server/domain/run-context'
import type { NewRunEvent } from '@/server/domain/run-event'
import type { RunUsage } from '@/server/domain/run-report'
import type { LogStream, RunErrorCode } from '@/server/domain/run-status'
import { chargesOf } from '@/server/engine/charges/of-outcome'
import { usageEvent } from '@/server/engine/charges/report'
import type { Ending } from '@/server/engine/runs/ending'
import type { ClaimedRun } from '@/server/engine/runs/load'
import type { LogStore, LogTotals, LogWriter } from '@/server/logs/log-store'
import { killOrphans } from '@/server/processes/orphans'
import type { RunFiles, RunPaths } from '@/server/processes/run-files'
import { stoppedEnding } from './server-stop'

export type ExecuteOptions = {
  run: ClaimedRun
  workerId: string
  signal: AbortSignal
  /** Whether the lease can be relied on: asked right before the program is started. */
  isHeld(): boolean
  logs: LogStore
  files: RunFiles
  apiUrl: string
  /** Authenticates the program to the API. */
  token: string
  onEvent(event: NewRunEvent): void
  onStarted(process: { pid: number; startedTicks: string | null }): void
  onLogGrew(): void
  /** The result that is posted for this run. */
  result(signal: AbortSignal): Promise<unknown>
  /** Closes the run for further results, and returns the one that was posted, if any. */
  lastResult(): Promise<{ body: unknown } | null>
  /** The total usage of a session as earlier runs of this agent reported it, the newest first. */
  sessionUsage(sessionId: string): Promise<SessionUsage[]>
}

/** Executes a claimed run with its adapter. Never rejects: a failure is an ending. Resolves when no process of the run is alive. */
export async function execute(options: ExecuteOptions): Promise<Ending> {
  const { run, workerId } = options
  const base = { runId: run.id, agentId: run.agentId, workerId }
  const adapter = adapterOf(run.adapterType)
  if (!adapter) return failed(base, 'adapter_not_installed', `This server has no adapter "${run.adapterType}".`)
  const config = adapter.config.safeParse(run.adapterConfig)
  if (!config.success) {
    const issue = config.error.issues[0]
    return failed(base, 'invalid_config', `adapterConfig.${issue?.path.join('.')}: ${issue?.message}`)
  }
  try {
    return await executeWith(adapter, config.data, options)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return failed(base, 'adapter_failed', `The run could not be carried out: ${reason}`)
  }
}

/** The same with a given adapter and its validated config. */
export async function executeWith(adapter: Adapter, config: unknown, options: ExecuteOptions): Promise<Ending> {
  const { run, workerId, signal } = options
  const paths = options.files.make(run)
  // The log opens while the program starts: what the program writes until then waits in its pipe.
  const opening = openLog(options)
  let process: Ending['process'] = null
  let outcome: Outcome
  try {
    const execution: Execution<unknown> = {
      run: {
        id: run.id,
        agentId: run.agentId,
        companyId: run.companyId,
        source: run.invocationSource,
        reason: reasonOf(run.contextSnapshot),
      },
      agent: { id: run.agentId, name: run.agentName },
      company: { id: run.companyId, name: run.companyName },
      config,
      context: run.contextSnapshot,
      sessionId: run.sessionIdBefore,
      env: environment(options, paths),
      signal,
      append: opening.append,
      emit: (event: AdapterEvent) => options.onEvent(event),
      result: options.result,
      lastResult: options.lastResult,
      sessionUsage: options.sessionUsage,
      started(child) {
        process = child
        options.onStarted(child)
      },
    }
    // A run that is stopped before it began is not recorded as started. A runner that was suspended may notice here first
    // that its lease is over.
    outcome =
      signal.aborted || !options.isHeld()
        ? stoppedOutcome(0)
        : await adapter.execute(execution).catch((error) => fallOver(error, run.id, process, signal))
  } finally {
    options.files.remove(run.id)
  }
  const totals = await opening.close().catch((error) => {
    outcome = withoutLog(outcome, error)
    return null
  })
  if (totals && totals.truncatedBytes > 0) options.onEvent(truncationEvent(totals))
  const charges = chargesOf(run, outcome, adapter)
  for (const charge of charges) options.onEvent(usageEvent(charge))
  return {
    runId: run.id,
    agentId: run.agentId,
    workerId,
    ...statusOf(outcome, signal.reason ?? 'lease_lost'),
    exitCode: outcome.exitCode,
    signal: outcome.signal,
    survivorsKilled: outcome.survivorsKilled,
    process,
    report: { ...outcome, usage: usageOf(outcome) },
    charges,
    log: totals && { ref: run.id, ...totals },
  }
}

/** Kills what an adapter that threw has left. A run that was stopped ends as stopped, whatever was thrown. */
async function fallOver(
  error: unknown,
  runId: string,
  process: Ending['process'],
  signal: AbortSignal,
): Promise<Outcome> {
  const survivorsKilled = process ? await killOrphans({ ...process, runId }) : 0
  if (signal.aborted) return stoppedOutcome(survivorsKilled)
  const reason = error instanceof Error ? error.message : String(error)
  return {
    ...stoppedOutcome(survivorsKilled),
    end: 'failed',
    errorCode: 'adapter_failed',
    error: `The run could not be carried out: ${reason}`,
  }
}

function stoppedOutcome(survivorsKilled: number): Outcome {
  return { ...emptyReport, ...noProcess, survivorsKilled, end: 'stopped', errorCode: null, error: null }
}

/** A run without its log has not succeeded; a stop, a failure and the cost are kept. */
function withoutLog(outcome: Outcome, error: unknown): Outcome {
  if (outcome.end !== 'succeeded') return outcome
  const reason = error instanceof Error ? error.message : String(error)
  return { ...outcome, end: 'failed', errorCode: 'adapter_failed', error: `The log could not be written: ${reason}` }
}

function usageOf({ usage, sessionUsage }: Outcome): RunUsage | null {
  return usage && sessionUsage ? { ...usage, sessionTotal: sessionUsage } : usage
}

type EndingBase = Pick<Ending, 'runId' | 'agentId' | 'workerId'>

/** The ending of a run that was stopped before it was read. */
export function unstartedEnding(base: EndingBase, cause: StopCause): Ending {
  return { ...base, ...statusOf(stoppedOutcome(0), cause) }
}

/** How a run ends that was stopped by `cause`. The reason of a cancellation is added when the ending is written. */
function statusOf(outcome: Outcome, cause: StopCause): Pick<Ending, 'status' | 'errorCode' | 'error' | 'retry'> {
  const { end, errorCode, error } = outcome
  if (end !== 'stopped') return { status: end, errorCode, error }
  switch (cause) {
    case 'cancelled':
      return { status: 'cancelled', errorCode: 'cancelled', error: 'Cancelled.' }
    case 'budget_exceeded':
      return { status: 'failed', errorCode: 'budget_exceeded', error: 'Stopped: the budget of this month is spent.' }
    case 'server_stopped':
      return stoppedEnding
    case 'lease_lost':
      return { status: 'failed', errorCode: 'runner_lost', error: 'The server lost its lease.', retry: 'runner_lost' }
  }
}

function failed(base: EndingBase, errorCode: RunErrorCode, error: string): Ending {
  return { ...base, status: 'failed', errorCode, error }
}

function openLog({ logs, run, onLogGrew, onEvent }: ExecuteOptions) {
  let writer: LogWriter | null = null
  const opened = logs.open(run.id).then((log) => {
    log.onGrew(onLogGrew)
    void log.full.then(({ maxBytes }) => onEvent(fullEvent(maxBytes)))
    writer = log
    return log
  })
  // `close` reports the failure; until then output is read and dropped.
  const settled = opened.catch(() => null)
  return {
    append(stream: LogStream, bytes: Buffer): Promise<void> | undefined {
      return writer ? writer.append(stream, bytes) : settled.then((log) => log?.append(stream, bytes))
    },
    close: async () => (await opened).close(),
  }
}

function environment({ run, apiUrl, token }: ExecuteOptions, paths: RunPaths): Record<string, string> {
  return {
    REVEILLE_RUN_ID: run.id,
    REVEILLE_AGENT_ID: run.agentId,
    REVEILLE_COMPANY_ID: run.companyId,
    REVEILLE_API_URL: apiUrl,
    REVEILLE_API_KEY: token,
    REVEILLE_WAKE_SOURCE: run.invocationSource,
    REVEILLE_WAKE_REASON: reasonOf(run.contextSnapshot) ?? '',
    REVEILLE_CONTEXT_FILE: paths.context,
    REVEILLE_RESULT_FILE: paths.result,
  }
}

/** Recorded while the run goes on, for people who follow its log. */
function fullEvent(maxBytes: number): NewRunEvent {
  const message = `The log has reached its limit of ${maxBytes.toLocaleString('en')} bytes: what follows is not kept.`
  return { eventType: 'warning', level: 'warn', message, payload: { logMaxBytes: maxBytes } }
}

function truncationEvent({ truncatedBytes, diskError }: LogTotals): NewRunEvent {
  const why = diskError ? diskSentence(diskError) : 'they came after the log had reached its limit'
  const message = `${truncatedBytes.toLocaleString('en')} bytes of output were not kept: ${why}.`
  const payload = { logTruncatedBytes: truncatedBytes, ...(diskError ? { logDiskError: diskError } : {}) }
  return { eventType: 'warning', level: 'warn', message, payload }
}

function diskSentence(code: string): string {
  const isFull = code === 'ENOSPC' || code === 'EDQUOT'
  return isFull ? `the disk of the log is full (${code})` : `the log could not be written (${code})`
}
