import type { LogEntry } from '@/cli/api'
import type { Session } from '@/cli/session'
import type { TranscriptText } from './transcript'

export type LogOutput = ReturnType<typeof createLogOutput>

/** Prints log entries as they arrive: each stream to its own, or as JSON lines. A slow reader slows the server down. */
export function createLogOutput(
  { api, json }: Pick<Session, 'api' | 'json'>,
  transcript: TranscriptText | null = null,
) {
  const pending: LogEntry[] = []
  let isOnHold = false

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
    /** Prints the rest of the transcript. */
    end() {
      if (transcript) process.stdout.write(transcript.end())
    },
    entry(entry: LogEntry) {
      if (isOnHold) pending.push(entry)
      else print(entry)
    },
    /** Pauses the output. Only entries that have already arrived are kept in memory. */
    hold() {
      isOnHold = true
      api.brake('hold')
    },
    release() {
      isOnHold = false
      for (const entry of pending.splice(0)) print(entry)
      api.release('hold')
    },
  }
}
