import type { LogEntry } from './log-store'

/** The entries that report the status of the run's server to a follower, one per change; none if it did not ask for them. */
export function createOwnerStatus(isAskedFor: boolean) {
  let known: LogEntry['owner'] = 'back'
  /** An empty entry: a follower that resumes after it misses no text and gets none twice. */
  return (owner: 'gone' | 'back', offset: number): LogEntry[] => {
    if (!isAskedFor || owner === known) return []
    known = owner
    return [{ offset, nextOffset: offset, ts: new Date().toISOString(), stream: 'stdout', chunk: '', owner }]
  }
}
