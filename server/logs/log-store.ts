import type { LogStream } from '@/server/domain/run-status'

/**
 * `offset` and `nextOffset` are bytes in the run's UTF-8 text; `ts` is ISO 8601; `chunk` is at most 64 KiB. An entry with
 * `owner`, sent only to followers that asked for it, is empty: the server that executes the run can no longer be reached,
 * or can be again.
 */
export type LogEntry = {
  offset: number
  nextOffset: number
  ts: string
  stream: LogStream
  chunk: string
  owner?: 'gone' | 'back'
}

export type LogQuery = {
  offset: number
  /** A hard limit on the bytes of all chunks together, at most 1 MiB; at least one character is returned. */
  limitBytes: number
  /** Only this stream; `nextOffset` still counts the other one. */
  stream?: LogStream
  /** Where a finished log ends (`logBytes` of its run): text that a fenced writer still appends is not read. */
  endOffset?: number
}

/**
 * `logBytes` is the readable length at the time of the read. A page may be shorter than the limit; the reader is at the
 * end when `nextOffset` is at least `logBytes`, and done when the run is also final.
 */
export type LogPage = { entries: LogEntry[]; nextOffset: number; logBytes: number }

/** A line by its number from 1, the line that contains an offset, or the first of the last N lines. */
export type LineAddress = { line: number } | { offset: number } | { last: number }

export type LinesQuery = {
  at: LineAddress
  /** The most lines of the page. */
  lines: number
  /** As of a `LogQuery`. */
  limitBytes: number
  stream?: LogStream
  endOffset?: number
}

/**
 * A line ends with its `\n`, whichever stream printed it, or with the log. `offset` is where `firstLine` begins.
 * `nextOffset` is where the page ends: at the beginning of `nextLine`, or inside it where `limitBytes` cut a long line.
 * The next read may start at either.
 */
export type LinesPage = LogPage & { offset: number; firstLine: number; nextLine: number; totalLines: number }

/** `offset`: where to begin, the `nextOffset` of the page before. */
export type LineStreamsQuery = { offset: number; endOffset?: number }

/**
 * Which stream printed each line: the one that ended it. `counts` are numbers of lines of stdout, stderr, stdout and so
 * on, from `firstLine`. `unended`: the line with a stream's last text if the stream has not ended it with a newline,
 * 0 if it has, null if this page has no text of the stream. The next page begins at `nextOffset`.
 */
export type LineStreams = {
  firstLine: number
  counts: number[]
  unended: Record<LogStream, number | null>
  nextOffset: number
  logBytes: number
}

export type SearchQuery = {
  /** Literal text, not a pattern. */
  text: string
  matchCase: boolean
  /** Where to begin. */
  offset: number
  /** The most hits. */
  limit: number
  stream?: LogStream
  endOffset?: number
}

/** `excerpt` is part of the hit's line, with the hit from `start` to `end` in UTF-16 units. */
export type SearchHit = {
  offset: number
  nextOffset: number
  line: number
  ts: string
  stream: LogStream
  excerpt: string
  start: number
  end: number
}

/** The hits in one range of the log; `nextOffset` is how far it was searched. `more`: the limit ended the search. */
export type SearchPage = { hits: SearchHit[]; nextOffset: number; logBytes: number; done: boolean; more: boolean }

export type LogTotals = {
  bytes: number
  /** Hex, of the text. */
  sha256: string
  /** Bytes of text that were dropped because of the cap or of a failed disk; 0 when unknown. */
  truncatedBytes: number
  /** The error code of the disk failure. */
  diskError?: string
  /** The end of stdout: at most 4 KiB of complete characters, without NUL. */
  stdoutExcerpt: string
}

export type LogWriter = {
  /**
   * Takes ownership of the buffer, which must not be changed afterwards. A promise means that the disk is behind: read no
   * more before it resolves. Never rejects; bytes appended after a failure or after `close` are dropped.
   */
  append(stream: LogStream, bytes: Buffer): Promise<void> | undefined
  /** Called after each flush with the end of the readable text. */
  onGrew(listener: (nextOffset: number) => void): void
  /** Resolves with the first disk error; stays pending when there is none. */
  failed: Promise<Error>
  /** Resolves when `append` first drops text because the log has reached its cap; else stays pending. */
  full: Promise<{ maxBytes: number }>
  /** Writes pending text. After a disk failure it counts the text on disk, and rejects only if that cannot be read. */
  close(): Promise<LogTotals>
}

/** `push` returns valid UTF-8 in complete characters, and may hold text back until the next `push` or `end`. */
export type TextTransform = { push(text: Buffer): Buffer; end(): Buffer }

/** The read operations on a log, wherever it is stored. */
export type LogReading = Pick<LogStore, 'read' | 'lines' | 'lineStreams' | 'search' | 'info'>

/** A run without a log reads as an empty one. Errors of the disk or the network are passed on unchanged. */
export type LogStore = {
  /** A log has a single writer, ever: a second one for the same run fails at its first text. */
  open(runId: string): Promise<LogWriter>
  read(runId: string, query: LogQuery): Promise<LogPage>
  /** A page of lines, without reading the text before it. */
  lines(runId: string, query: LinesQuery): Promise<LinesPage>
  /** Which stream printed which lines, without reading their text. */
  lineStreams(runId: string, query: LineStreamsQuery): Promise<LineStreams>
  /** Pages of hits in order, as they are found; the last page is `done`. Memory is bounded by a page. */
  search(runId: string, query: SearchQuery, signal: AbortSignal): AsyncGenerator<SearchPage, void>
  /** Ends a log whose writer died: truncates a partial write, and counts the rest. */
  seal(runId: string): Promise<LogTotals>
  info(runId: string): Promise<{ bytes: number }>
  remove(runId: string): Promise<void>
}
