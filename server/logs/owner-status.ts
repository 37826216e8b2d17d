import type { LogEntry } from './log-store'

/** What a follower is told of the server that runs the run, once each time it changes; nothing, where it did not ask. */
export function createOwnerStatus(isAskedFor: boolean) {
  let known: LogEntry['owner'] = 'back'
  /** An entry of no length: a follower that resumes behind it misses nothing and gets nothing twice. */
  return (owner: 'gone' | 'back', offset: number): LogEntry[] => {
    if (!isAskedFor || owner === known) return []
    known = owner
    return [{ offset, nextOffset: offset, ts: new Date().toISOString(), stream: 'stdout', chunk: '', owner }]
  }
}
