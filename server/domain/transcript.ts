import { type JsonObject, objectOf } from './json'

/** What an agent program's output says, for people: made from the lines that it prints on stdout. */
export type TranscriptEntry =
  | { kind: 'session'; sessionId: string | null; model: string | null }
  | { kind: 'message'; from: 'agent' | 'user'; text: string }
  | { kind: 'thinking'; text: string }
  | ToolEntry
  | UsageEntry
  | { kind: 'error'; message: string }
  /** A line that is not understood, as it is. */
  | { kind: 'raw'; text: string }

/** A tool call with its result, which is null while it runs. */
export type ToolEntry = {
  kind: 'tool'
  callId: string | null
  name: string
  input: unknown
  result: { text: string; isError: boolean } | null
}

/** Tokens without the cached ones; of a Codex thread they are those of all its runs so far. */
export type UsageEntry = {
  kind: 'usage'
  inputTokens: number
  outputTokens: number
  cachedInputTokens: number
  costUsd: number | null
}

export type Transcript = {
  /**
   * Takes the next line, the log's with this number. Answers the place of the first entry that has changed or is new, null
   * where none has.
   */
  add(line: string, number?: number): number | null
  /** In order; an entry that changes is replaced by another object, so that a list can compare them. */
  entries(): readonly TranscriptEntry[]
  /** Of every entry, the numbers of the lines that it was made from. */
  sources(): readonly (readonly number[])[]
}

/** A line of JSON that an adapter's program prints → what it says; null where it is not understood. */
export type LogFormat = (line: JsonObject) => TranscriptEntry[] | null

/** Reads a program's output line by line. */
export function createTranscript(format: LogFormat): Transcript {
  const entries: TranscriptEntry[] = []
  const sources: number[][] = []
  const calls = new Map<string, number>()

  /** The place of the entry: its own, or that of the call it brings the result of. */
  function place(entry: TranscriptEntry): number | null {
    const last = entries.at(-1)
    if (entry.kind === 'error' && last?.kind === 'error' && last.message === entry.message) return null
    // An error that the agent's last words tell already takes their place.
    if (entry.kind === 'error' && last?.kind === 'message' && last.text === entry.message) {
      entries[entries.length - 1] = entry
      return entries.length - 1
    }
    const callId = entry.kind === 'tool' ? entry.callId : null
    const at = callId === null ? undefined : calls.get(callId)
    const known = at === undefined ? undefined : entries[at]
    if (at !== undefined && entry.kind === 'tool' && known?.kind === 'tool') {
      entries[at] = merged(known, entry)
      return at
    }
    if (callId !== null) calls.set(callId, entries.length)
    return entries.push(entry) - 1
  }

  return {
    entries: () => entries,
    sources: () => sources,
    add(line, number = 0) {
      if (line.trim() === '') return null
      const object = objectOf(line)
      const found = (object && format(object)) ?? [{ kind: 'raw', text: line }]
      const places = found.map(place).filter((at) => at !== null)
      for (const at of new Set(places)) sources[at] = [...(sources[at] ?? []), number]
      return places.length > 0 ? Math.min(...places) : null
    },
  }
}

function merged(call: ToolEntry, update: ToolEntry): ToolEntry {
  return { ...call, input: update.input ?? call.input, result: update.result ?? call.result }
}
