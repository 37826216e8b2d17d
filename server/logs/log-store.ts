import type { LogStream } from '@/server/domain/run-status'

/**
 * `offset` and `nextOffset` are bytes in the run's UTF-8 text; `ts` is ISO 8601; `chunk` is at most 64 KiB. With `owner`,
 * which only a follower gets that asked for it, the entry has no length: the server that runs the run can not be reached
 * any more, or can again.
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
  /** A hard limit on the bytes of the chunks together, at most 1 MiB; one character comes in any case. */
  limitBytes: number
  /** Only this stream; `nextOffset` still passes over the other one. */
  stream?: LogStream
  /** Where a finished log ends (`logBytes` of its run): what a fenced writer may still add behind it is not read. */
  endOffset?: number
}

/**
 * `logBytes` is what was readable at that moment. A page may hold less than asked for; the reader is at the end
 * when `nextOffset` is no less than `logBytes`, and done when the run is final too.
 */
export type LogPage = { entries: LogEntry[]; nextOffset: number; logBytes: number }

/** Which line: by its number from 1, the one that holds an offset, or the first of the last so many. */
export type LineAddress = { line: number } | { offset: number } | { last: number }

export type LinesQuery = {
  at: LineAddress
  /** At most so many lines. */
  lines: number
  /** As of a `LogQuery`. */
  limitBytes: number
  stream?: LogStream
  endOffset?: number
}

/**
 * A line ends with its `\n`, whichever stream printed it, or with the log. `offset` is where `firstLine` begins;
 * `nextOffset` is where the page ends, which is in the line `nextLine`: at its beginning, but where `limitBytes` cut a
 * long line. Reading goes on from either.
 */
export type LinesPage = LogPage & { offset: number; firstLine: number; nextLine: number; totalLines: number }

/** `offset`: where to begin; what was told before ended there. */
export type LineStreamsQuery = { offset: number; endOffset?: number }

/**
 * Which stream printed each line, which is the one that ended it. `counts` are lines of stdout, of stderr, of stdout and so
 * on, from `firstLine`. `unended`: the line in which a stream's last text stands where no newline of its own ends it,
 * 0 where one does, null where this page has none of its text. The next page begins at `nextOffset`.
 */
export type LineStreams = {
  firstLine: number
  counts: number[]
  unended: Record<LogStream, number | null>
  nextOffset: number
  logBytes: number
}

export type SearchQuery = {
  /** As it stands in the text; no pattern. */
  text: string
  matchCase: boolean
  /** Where to begin. */
  offset: number
  /** Most hits. */
  limit: number
  stream?: LogStream
  endOffset?: number
}

/** `excerpt` is of the hit's line; the hit stands in it from `start` to `end`, in UTF-16 units. */
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

/** What a stretch of the log has given; `nextOffset` is how far it was searched. `more`: the limit cut it short. */
export type SearchPage = { hits: SearchHit[]; nextOffset: number; logBytes: number; done: boolean; more: boolean }

export type LogTotals = {
  bytes: number
  /** Hex, of the text. */
  sha256: string
  /** Bytes of text that came after the cap, or after the disk had failed, and were dropped; 0 when nobody knows. */
  truncatedBytes: number
  /** The code of the error with which the disk failed. */
  diskError?: string
  /** The end of stdout: at most 4 KiB, whole characters, no NUL. */
  stdoutExcerpt: string
}

export type LogWriter = {
  /**
   * Takes the buffer over: it must not be changed afterwards. A promise means that the disk is behind: read no more
   * before it resolves. Never rejects; bytes that come after a failure or after `close` are dropped.
   */
  append(stream: LogStream, bytes: Buffer): Promise<void> | undefined
  /** Called after each flush with the end of the readable text. */
  onGrew(listener: (nextOffset: number) => void): void
  /** Resolves with the first error of the disk; pending for ever when there is none. */
  failed: Promise<Error>
  /** Resolves when `append` drops text for the first time, as the log has as much as it keeps; else pending for ever. */
  full: Promise<{ maxBytes: number }>
  /** Writes what is pending. After a failure it counts what was kept, and rejects only if that can not be read. */
  close(): Promise<LogTotals>
}

/** What `push` gives out is valid UTF-8 and whole characters; it may hold text back until the next `push` or `end`. */
export type TextTransform = { push(text: Buffer): Buffer; end(): Buffer }

/** What can be done with a log, wherever it is kept. */
export type LogReading = Pick<LogStore, 'read' | 'lines' | 'lineStreams' | 'search' | 'info'>

/** A run without a log has an empty one. Errors are those of the disk or the network, as they come. */
export type LogStore = {
  /** A log has one owner in its life: for a run that was given a writer before, the new one fails at its first text. */
  open(runId: string): Promise<LogWriter>
  read(runId: string, query: LogQuery): Promise<LogPage>
  /** A page by line, from anywhere, without reading what lies before it. */
  lines(runId: string, query: LinesQuery): Promise<LinesPage>
  /** Whose lines are whose, without reading their text. */
  lineStreams(runId: string, query: LineStreamsQuery): Promise<LineStreams>
  /** The hits in order, as they are found, in pages; the last one is `done`. Memory is bounded by a page. */
  search(runId: string, query: SearchQuery, signal: AbortSignal): AsyncGenerator<SearchPage, void>
  /** Ends a log whose owner died: cuts what was half written, and counts the rest. */
  seal(runId: string): Promise<LogTotals>
  info(runId: string): Promise<{ bytes: number }>
  remove(runId: string): Promise<void>
}
