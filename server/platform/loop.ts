import type { Log } from './logger'

export type LoopOptions = {
  name: string
  /** From the end of a tick to the start of the next. */
  everyMs: number
  /** 0.2: waits between 80 % and 120 % of `everyMs`. */
  jitter?: number
  /** The signal aborts when the loop is stopped. */
  run: (signal: AbortSignal) => Promise<void>
  log: Pick<Log, 'error'>
}
export type Loop = {
  start(): void
  /** Resolves when the current tick has ended. */
  stop(): Promise<void>
  /** Ticks now, or once more right after the current tick. */
  trigger(): void
}

/** Ticks never overlap. A failed tick is logged and followed by the next; a repeated failure is logged once. */
export function createLoop(options: LoopOptions): Loop {
  let stopping: AbortController | undefined
  let ticking: Promise<void> = Promise.resolve()
  let isTicking = false
  let isTriggered = false
  let timer: NodeJS.Timeout | undefined
  let problem: string | null = null

  function tick(controller: AbortController) {
    clearTimeout(timer)
    isTicking = true
    isTriggered = false
    ticking = runOnce(options, controller.signal, problem).then((found) => {
      problem = found
      isTicking = false
      if (controller === stopping) next(controller)
    })
  }
  function next(controller: AbortController) {
    const spread = 1 + (options.jitter ?? 0) * (2 * Math.random() - 1)
    timer = setTimeout(() => tick(controller), isTriggered ? 0 : options.everyMs * spread)
  }

  return {
    start() {
      if (stopping) return
      const controller = new AbortController()
      stopping = controller
      // After a restart, the last tick of the stopped loop ends first.
      void ticking.then(() => controller === stopping && !isTicking && tick(controller))
    },
    async stop() {
      clearTimeout(timer)
      stopping?.abort()
      stopping = undefined
      await ticking
    },
    trigger() {
      if (!stopping) return
      if (isTicking) isTriggered = true
      else tick(stopping)
    },
  }
}

/** An unreachable database fails every tick with the same error: that is logged once, not each time. */
async function runOnce({ name, run, log }: LoopOptions, signal: AbortSignal, logged: string | null) {
  try {
    await run(signal)
    return null
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    if (!signal.aborted && problem !== logged) log.error({ err: error, loop: name }, 'a tick failed')
    return problem
  }
}
