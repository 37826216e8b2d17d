import type { LogEntry } from '@/cli/api'
import type { Session } from '@/cli/session'
import type { TranscriptText } from './transcript'

export type LogOutput = ReturnType<typeof createLogOutput>

/** Prints entries of a log as they come: each stream to its own, or JSON lines. A slow reader slows the server down. */
export function createLogOutput(
  { api, json }: Pick<Session, 'api' | 'json'>,
  transcript: TranscriptText | null = null,
) {
  const held: LogEntry[] = []
  let isHeld = false

  function print(entry: LogEntry) {
    const stream = json ? process.stdout : process[entry.stream]
    if (stream.write(json ? `${JSON.stringify(entry)}\n` : textOf(entry))) return
    api.brake(entry.stream)
    stream.once('drain', () => api.release(entry.stream))
  }

  function textOf({ stream, chunk }: LogEntry): string {
    return transcript && stream === 'stdout' ? transcript.read(chunk) : chunk
  }

  return {
    /** Prints what is left of a transcript. */
    end() {
      if (transcript) process.stdout.write(transcript.end())
    },
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
