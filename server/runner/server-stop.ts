import { constants } from 'node:os'
import type { Ending } from '@/server/engine/runs/ending'
import { createDeferred } from '@/server/platform/deferred'

export const stoppedEnding = {
  status: 'failed',
  errorCode: 'server_stopped',
  error: 'The server was stopped.',
  retry: 'server_stopped',
} as const satisfies Partial<Ending>

export type ServerStop = {
  /** The server was told to stop. */
  begin(): void
  /** The ending of a run: `server_stopped` where the signal that ended its program was meant for the server. */
  judge(ending: Ending): Promise<Ending>
}

/**
 * A server may be stopped by a signal to all of its processes at once: systemd does so by default, a terminal always. A
 * program may then have ended before its server knows that it must stop, so an end by such a signal waits a moment for it.
 */
export function createServerStop(): ServerStop {
  const begun = createDeferred<true>()
  return {
    begin: () => begun.resolve(true),
    async judge(ending) {
      if (!isEndBySignal(ending)) return ending
      return (await within(noticeMs, begun.promise)) ? { ...ending, ...stoppedEnding } : ending
    },
  }
}

const noticeMs = 500
const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
/** The exit codes of shells, and of programs that clean up first, after such a signal. */
const exitCodes = stopSignals.map((name) => 128 + constants.signals[name])

/** Whether another process sent the signal: a run that was stopped from here has another error code. */
function isEndBySignal({ errorCode, signal, exitCode }: Ending): boolean {
  if (errorCode === 'killed_by_signal') return stopSignals.some((name) => name === signal)
  return errorCode === 'nonzero_exit' && exitCodes.some((code) => code === exitCode)
}

async function within(limitMs: number, event: Promise<true>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs)
  })
  return await Promise.race([event, late]).finally(() => clearTimeout(timer))
}
