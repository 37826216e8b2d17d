type Work<T> = { begunAt: number; result: Promise<T | null> }

/**
 * Work of which there is one for each id, and which may take for ever: it goes on by itself, and is asked again later.
 * Work never rejects; null is that it failed, and is begun anew when it is asked for again.
 */
export function createUnderWay<T>() {
  const works = new Map<string, Work<T>>()

  function begin(id: string, work: () => Promise<T | null>): Work<T> {
    const begun = { begunAt: performance.now(), result: work() }
    works.set(id, begun)
    void begun.result.then((result) => {
      // Kept for the next who asks, who may never come.
      if (result === null) works.delete(id)
      else setTimeout(() => works.delete(id), keptMs).unref()
    })
    return begun
  }

  return {
    /** Null too when it is not done within half a second of its begin. `onLate`: what was begun here is done after all. */
    async ask(id: string, work: () => Promise<T | null>, onLate?: () => void): Promise<T | null> {
      const before = works.get(id)
      const { begunAt, result } = before ?? begin(id, work)
      const answer = await withinMs(Math.max(0, begunAt + patienceMs - performance.now()), result)
      if (answer === null && !before) void result.then((late) => late !== null && onLate?.())
      return answer
    },
  }
}

const patienceMs = 500
const keptMs = 60_000

async function withinMs<T>(ms: number, work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms)
  })
  return await Promise.race([work, late]).finally(() => clearTimeout(timer))
}
