import type { LogStream } from '@/server/domain/run-status'
import type { Child, Command } from './child'
import { descendantsOf } from './groups'
import { killByMarker, killPipeHolders, killProcesses } from './kill'
import { launch } from './launch'
import { type Output, readOutput } from './output'
import { hasSpawnedNothing } from './pid-window'
import { startedTicksOf } from './process-table'
import { nulCharacterFault, type SpawnFailure } from './spawn-failure'
import { stopGroup } from './stop-group'

export type ChildSpec = Command & {
  /** `REVEILLE_RUN_ID=<runId>` in `env` identifies the run's processes, also after they have left their group. */
  runId: string
  timeoutMs: number
  graceMs: number
  signal: AbortSignal
  append(stream: LogStream, bytes: Buffer): Promise<void> | undefined
  started(process: { pid: number; startedTicks: string | null }): void
}

/** `survivorsKilled` counts the processes beside the program itself that had to be killed. */
export type ChildEnd = {
  /** The first cause; `exit` also when a signal ended it that the server did not send. */
  endedBy: 'exit' | 'timeout' | 'stopped' | 'log_failed'
  exitCode: number | null
  signal: NodeJS.Signals | null
  survivorsKilled: number
  /** The error of `append`, where that is the cause. */
  cause?: unknown
}

/**
 * Runs one program without a shell, in its own process group, and resolves once none of its processes is alive.
 * The first cause of its end is the one recorded. A stop is SIGTERM to the group, `graceMs`, SIGKILL; after an exit the
 * output is read for at most 5 s more. Never rejects because of what the program does; `started` must not throw.
 */
export async function runChild(spec: ChildSpec): Promise<ChildEnd | SpawnFailure> {
  const fault = nulCharacterFault(spec)
  if (fault) return fault
  if (spec.signal.aborted) return { endedBy: 'stopped', exitCode: null, signal: null, survivorsKilled: 0 }
  const child = await launch(spec)
  if ('errorCode' in child) return child
  const cause = watch(spec, child)
  const output = readOutput(child, spec.append, cause.logFailed)
  spec.started({ pid: child.pid, startedTicks: startedTicksOf(child.pid) })
  const endedBy = await cause.first
  const survivorsKilled = await (endedBy === 'exit' ? cleanUp(spec, child, output) : stop(spec, child, output))
  const { exitCode, signal } = await cause.exited
  cause.forget()
  output.close()
  const end = { endedBy, exitCode, signal, survivorsKilled }
  return endedBy === 'log_failed' ? { ...end, cause: cause.logError() } : end
}

const readAfterExitMs = 5000
const readAfterKillMs = 1000
const endOfOutputMs = 100

/** After an exit: reads the rest of the output, then kills the rest of the group, then orphans outside the group. */
async function cleanUp(spec: ChildSpec, child: Child, output: Output): Promise<number> {
  if (!output.isEnded()) await within(readAfterExitMs, output.ended, spec.signal)
  if (hasSpawnedNothing(child.pid)) return 0
  const killed = await stopGroup(child.pid, 0, () => false)
  const orphans = await killByMarker(spec.runId)
  return killed + orphans + (await endOutput(child, output))
}

async function stop(spec: ChildSpec, child: Child, output: Output): Promise<number> {
  // Another server may retry this run as soon as the lease has expired: there is no time for a grace period.
  const graceMs = spec.signal.reason === 'lease_lost' ? 0 : spec.graceMs
  const descendants = await descendantsOf(child.pid)
  const killed = await stopGroup(child.pid, graceMs, () => child.exit() === null)
  const orphans =
    (await killByMarker(spec.runId)) + (await killProcesses(descendants)) + (await endOutput(child, output))
  if (!output.isEnded()) await within(readAfterKillMs, output.ended)
  return killed + orphans
}

/** When no known process of the run is alive but its output does not end, an unknown one holds the pipe: it is killed. */
async function endOutput(child: Child, output: Output): Promise<number> {
  if (!output.isEnded()) await within(endOfOutputMs, output.ended)
  return output.isEnded() ? 0 : killPipeHolders(child.pipes())
}

function watch({ timeoutMs, signal }: ChildSpec, child: Child) {
  let decide: (cause: ChildEnd['endedBy']) => void = () => {}
  const first = new Promise<ChildEnd['endedBy']>((resolve) => {
    decide = resolve
  })
  const exited = child.exited.then((exit) => {
    decide('exit')
    return exit
  })
  const aborted = () => decide('stopped')
  signal.addEventListener('abort', aborted, { once: true })
  const timer = setTimeout(() => decide('timeout'), timeoutMs)
  let error: unknown
  return {
    first,
    exited,
    logFailed(cause: unknown) {
      error ??= cause
      decide('log_failed')
    },
    logError: () => error,
    forget() {
      clearTimeout(timer)
      signal.removeEventListener('abort', aborted)
    },
  }
}

/** Waits for the event, the time or the abort, whichever is first. */
function within(limitMs: number, event: Promise<void>, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, limitMs)
    signal?.addEventListener('abort', done, { once: true })
    if (signal?.aborted) done()
    void event.then(done)
  })
}
