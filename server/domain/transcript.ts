import { type JsonObject, objectOf } from './json'

/** The output of an agent program for people, parsed from the lines of its stdout. */
export type TranscriptEntry =
  | { kind: 'session'; sessionId: string | null; model: string | null }
  | { kind: 'message'; from: 'agent' | 'user'; text: string }
  | { kind: 'thinking'; text: string }
  | ToolEntry
  | UsageEntry
  | { kind: 'error'; message: string }
  /** An unknown line, unchanged. */
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
   * Adds the next line, which has this number in the log. Returns the index of the first changed or new entry, null
   * where there is none.
   */
  add(line: string, number?: number): number | null
  /** In order; a changed entry is a new object, so that a list can compare entries by identity. */
  entries(): readonly TranscriptEntry[]
  /** For every entry, the numbers of its lines. */
  sources(): readonly (readonly number[])[]
}

/** Converts a JSON line of an adapter's program to entries; null for an unknown line. */
export type LogFormat = (line: JsonObject) => TranscriptEntry[] | null

/** Reads a program's output line by line. */
export function createTranscript(format: LogFormat): Transcript {
  const entries: TranscriptEntry[] = []
  const sources: number[][] = []
  const calls = new Map<string, number>()

  /** The index of the entry: a new one, or that of the call whose result it is. */
  function place(entry: TranscriptEntry): number | null {
    const last = entries.at(-1)
    if (entry.kind === 'error' && last?.kind === 'error' && last.message === entry.message) return null
    // An error with the same text as the agent's last message replaces it.
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
