import type { Located } from './locate'

const keptMs = 2000

/**
 * The locations of logs, for followers that poll without a notification: one query per run every 2 s, however many
 * followers it has. A follower that got a notification queries again.
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
