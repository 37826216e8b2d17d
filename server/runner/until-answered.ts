import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Asks the database until it answers: a run whose work is done must not fail for that. `otherwise` when the life is over,
 * as then nothing is written of the run.
 */
export async function untilAnswered<T>(isHeld: () => boolean, ask: () => Promise<T>, otherwise: T): Promise<T> {
  for (let pauseMs = 50; isHeld(); pauseMs = Math.min(1000, pauseMs * 2)) {
    try {
      return await ask()
    } catch {
      await sleep(pauseMs)
    }
  }
  return otherwise
}
