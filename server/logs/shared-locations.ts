import type { Located } from './locate'

const keptMs = 2000

/**
 * Where logs are, for those who follow them while nothing is heard: one question per run every 2 s, however many follow
 * it. Whoever has heard something asks anew.
 */
export function createSharedLocations(locate: (runId: string) => Promise<Located>) {
  const recent = new Map<string, Promise<Located>>()
  return (runId: string): Promise<Located> => {
    const known = recent.get(runId)
    if (known) return known
    const located = locate(runId)
    recent.set(runId, located)
    setTimeout(() => recent.delete(runId), keptMs).unref()
    located.catch(() => recent.delete(runId))
    return located
  }
}
