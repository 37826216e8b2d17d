import type { LogEntry } from '../api'
import type { Session } from '../session'

export type LogOutput = ReturnType<typeof createLogOutput>

/** Prints entries of a log as they come: each stream to its own, or JSON lines. A slow reader slows the server down. */
export function createLogOutput({ api, json }: Pick<Session, 'api' | 'json'>) {
  const held: LogEntry[] = []
  let isHeld = false

  function print(entry: LogEntry) {
    const stream = json ? process.stdout : process[entry.stream]
    if (stream.write(json ? `${JSON.stringify(entry)}\n` : entry.chunk)) return
    api.brake(entry.stream)
    stream.once('drain', () => api.release(entry.stream))
  }

  return {
    entry(entry: LogEntry) {
      if (isHeld) held.push(entry)
      else print(entry)
    },
    /** For while something else is on the screen; only what has already arrived is kept in memory. */
    hold() {
      isHeld = true
      api.brake('hold')
    },
    release() {
      isHeld = false
      for (const entry of held.splice(0)) print(entry)
      api.release('hold')
    },
  }
}
