import { setTimeout as sleep } from 'node:timers/promises'

/** Asks again until the answer is neither false nor empty, and gives it. Fails with `what` after `withinMs`. */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  what: string,
  withinMs = 15_000,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== false && answer !== null && answer !== undefined) {
      return answer as Exclude<T, false | null | undefined>
    }
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`)
    await sleep(20)
  }
}
