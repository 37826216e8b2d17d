import { setTimeout as sleep } from 'node:timers/promises'

const longestRoundMs = 1000
/** Against what hangs: nothing that a test waits for takes so long, on a machine a fifth as fast as most either. */
export const hangMs = 120_000

/**
 * Asks again until the answer is neither false nor empty, and gives it. Fails with `what` after `withinMs`, of which a
 * round takes a second at most: a machine that stood still meanwhile has not waited.
 */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  what: string,
  withinMs = hangMs,
): Promise<Exclude<T, false | null | undefined>> {
  for (let leftMs = withinMs; ; ) {
    const begunAt = performance.now()
    const answer = await ask()
    if (answer !== false && answer !== null && answer !== undefined) {
      return answer as Exclude<T, false | null | undefined>
    }
    if (leftMs <= 0) throw new Error(`not within ${withinMs} ms: ${what}`)
    await sleep(20)
    leftMs -= Math.min(performance.now() - begunAt, longestRoundMs)
  }
}
