type Flight<T> = { startedAt: number; result: Promise<T | null> }

/**
 * Runs one piece of work per id at a time. Work that takes longer than the wait continues, and a later call gets its
 * result. Work never rejects; null means that it failed, and the next call starts it again.
 */
export function createSingleFlight<T>() {
  const flights = new Map<string, Flight<T>>()

  function start(id: string, work: () => Promise<T | null>): Flight<T> {
    const flight = { startedAt: performance.now(), result: work() }
    flights.set(id, flight)
    void flight.result.then((result) => {
      // Kept for the next call, which may never come.
      if (result === null) flights.delete(id)
      else setTimeout(() => flights.delete(id), keptMs).unref()
    })
    return flight
  }

  return {
    /** Returns null also if the work takes longer than half a second; `onLate` is called when it has finished after that. */
    async run(id: string, work: () => Promise<T | null>, onLate?: () => void): Promise<T | null> {
      const before = flights.get(id)
      const { startedAt, result } = before ?? start(id, work)
      const answer = await withinMs(Math.max(0, startedAt + waitMs - performance.now()), result)
      if (answer === null && !before) void result.then((late) => late !== null && onLate?.())
      return answer
    },
  }
}

const waitMs = 500
const keptMs = 60_000

async function withinMs<T>(ms: number, work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms)
  })
  return await Promise.race([work, late]).finally(() => clearTimeout(timer))
}
