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
  /** The server has been told to stop. */
  begin(): void
  /** The ending of a run; `server_stopped` where what ended its program was meant for the server. */
  judge(ending: Ending): Promise<Ending>
}

/**
 * Whoever stops a server may signal all of its processes at once, as systemd does unless told otherwise, or a terminal: a
 * program may then be gone before its server knows that it is to stop. So an end by such a signal waits a moment for that.
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
/** What shells, and programs that tidy up first, exit with after such a signal. */
const exitCodes = stopSignals.map((name) => 128 + constants.signals[name])

/** By a signal that nobody here sent: what was stopped from here has another error code. */
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
