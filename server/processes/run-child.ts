import type { LogStream } from '@/server/domain/run-status'
import type { Child, Command } from './child'
import { descendantsOf } from './groups'
import { killByMarker, killPipeHolders, killProcesses } from './kill'
import { launch } from './launch'
import { type Output, readOutput } from './output'
import { hasSpawnedNothing } from './pid-window'
import { startedTicksOf } from './process-table'
import { refusalOf, type SpawnFailure } from './spawn-failure'
import { stopGroup } from './stop-group'

export type ChildSpec = Command & {
  /** The run's processes are known by `REVEILLE_RUN_ID=<runId>` in `env`, also after they left their group. */
  runId: string
  timeoutMs: number
  graceMs: number
  signal: AbortSignal
  append(stream: LogStream, bytes: Buffer): Promise<void> | undefined
  started(process: { pid: number; startedTicks: string | null }): void
}

/** `survivorsKilled` counts the processes beside the program itself that had to be killed. */
export type ChildEnd = {
  /** The first cause; `exit` also when a signal that nobody here sent ended it. */
  endedBy: 'exit' | 'timeout' | 'stopped' | 'log_failed'
  exitCode: number | null
  signal: NodeJS.Signals | null
  survivorsKilled: number
  /** What `append` failed with, where that is the cause. */
  cause?: unknown
}

/**
 * Runs one program without a shell, in a process group of its own, and answers when nothing of it is left alive.
 * The first cause of its end is the one recorded. A stop is SIGTERM to the group, `graceMs`, SIGKILL; after an exit the
 * output is read for at most 5 s more. Never rejects because of what the program does; `started` must not throw.
 */
export async function runChild(spec: ChildSpec): Promise<ChildEnd | SpawnFailure> {
  const refusal = refusalOf(spec)
  if (refusal) return refusal
  if (spec.signal.aborted) return { endedBy: 'stopped', exitCode: null, signal: null, survivorsKilled: 0 }
  const child = await launch(spec)
  if ('errorCode' in child) return child
  const cause = watch(spec, child)
  const output = readOutput(child, spec.append, cause.logFailed)
  spec.started({ pid: child.pid, startedTicks: startedTicksOf(child.pid) })
  const endedBy = await cause.first
  const survivorsKilled = await (endedBy === 'exit' ? clearUp(spec, child, output) : stop(spec, child, output))
  const { exitCode, signal } = await cause.exited
  cause.forget()
  output.close()
  const end = { endedBy, exitCode, signal, survivorsKilled }
  return endedBy === 'log_failed' ? { ...end, cause: cause.logError() } : end
}

const readAfterExitMs = 5000
const readAfterKillMs = 1000
const noticeEndMs = 100

/** After an exit: what the pipes still hold, then the rest of the group, then who left the group, by any of its marks. */
async function clearUp(spec: ChildSpec, child: Child, output: Output): Promise<number> {
  if (!output.isEnded()) await within(readAfterExitMs, output.ended, spec.signal)
  if (hasSpawnedNothing(child.pid)) return 0
  const killed = await stopGroup(child.pid, 0, () => false)
  const survivors = await killByMarker(spec.runId)
  return killed + survivors + (await endOutput(child, output))
}

async function stop(spec: ChildSpec, child: Child, output: Output): Promise<number> {
  // Another server may start this run again as soon as the lease is over: there is no time for a grace.
  const graceMs = spec.signal.reason === 'lease_lost' ? 0 : spec.graceMs
  const descendants = await descendantsOf(child.pid)
  const killed = await stopGroup(child.pid, graceMs, () => child.exit() === null)
  const survivors =
    (await killByMarker(spec.runId)) + (await killProcesses(descendants)) + (await endOutput(child, output))
  if (!output.isEnded()) await within(readAfterKillMs, output.ended)
  return killed + survivors
}

/** An output that does not end, though nobody known is alive, is held by somebody. */
async function endOutput(child: Child, output: Output): Promise<number> {
  if (!output.isEnded()) await within(noticeEndMs, output.ended)
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
