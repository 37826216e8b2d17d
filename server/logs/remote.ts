import { ApiError } from '@/server/domain/errors'
import { signRequest } from '@/server/identity/access/server-signature'
import type { LogEntry, LogReading, SearchPage } from './log-store'
import type { LogDirectory } from './log-stores'

/** The logs that another server stores, read and streamed through that server. */
export type Remote = LogReading & {
  /** Entries to the end of the run; null first, once the server answers. Fails with StreamInterrupted when it stops before. */
  follow(runId: string, offset: number, signal: AbortSignal): AsyncGenerator<LogEntry | null, void>
}

export type Remotes = { at(server: { url: string; storeId: LogDirectory['storeId'] }): Remote }

/** The other server is unreachable, or sent an invalid response. */
export class StreamInterrupted extends Error {}

/** The requests of one server to another: `POST` with a JSON body of `{ storeId, runId, … }`. */
export const internalPaths = {
  read: '/internal/logs/read',
  lines: '/internal/logs/lines',
  lineStreams: '/internal/logs/line-streams',
  info: '/internal/logs/info',
  search: '/internal/logs/search',
  follow: '/internal/logs/follow',
} as const
export type InternalPath = (typeof internalPaths)[keyof typeof internalPaths]

/** Lines of a stream: an item, a keepalive, or the end. A stream without an end was interrupted. */
export type StreamLine<T> = { item: T } | { alive: true } | { end: true }

const answerWithinMs = 10_000
/** The interval of keepalive lines. */
export const aliveEveryMs = 3000
const silenceMs = 4 * aliveEveryMs

export function createRemotes(secretKey: Buffer): Remotes {
  return { at: ({ url, storeId }) => remoteAt(secretKey, url, storeId) }
}

function remoteAt(secretKey: Buffer, url: string, storeId: string): Remote {
  async function post(path: InternalPath, given: object, signal: AbortSignal): Promise<Response> {
    const body = JSON.stringify({ storeId, ...given })
    const headers = { 'content-type': 'application/json', authorization: signRequest(secretKey, path, body) }
    const answer = await fetch(url + path, { method: 'POST', body, headers, signal }).catch((error) => {
      throw new StreamInterrupted('The server does not respond.', { cause: error })
    })
    if (answer.ok) return answer
    await answer.body?.cancel()
    throw new StreamInterrupted(`The server answers ${answer.status}.`)
  }

  async function ask<T>(path: InternalPath, given: object): Promise<T> {
    try {
      return (await (await post(path, given, AbortSignal.timeout(answerWithinMs))).json()) as T
    } catch (cause) {
      throw noAnswer(cause)
    }
  }

  async function* stream<T>(path: InternalPath, given: object, signal: AbortSignal): AsyncGenerator<T | null, void> {
    const silence = new AbortController()
    const listen = () => setTimeout(() => silence.abort(), silenceMs)
    let timer = listen()
    try {
      const answer = await post(path, given, AbortSignal.any([signal, silence.signal]))
      yield null
      for await (const line of linesOf(answer)) {
        // Only the other server's silence counts, not the time that our reader takes.
        clearTimeout(timer)
        const message: StreamLine<T> = JSON.parse(line)
        if ('end' in message) return
        if ('item' in message) yield message.item
        timer = listen()
      }
    } catch (error) {
      if (signal.aborted) return
      throw error instanceof StreamInterrupted
        ? error
        : new StreamInterrupted('The stream was interrupted.', { cause: error })
    } finally {
      clearTimeout(timer)
      silence.abort()
    }
    throw new StreamInterrupted('The stream was interrupted.')
  }

  return {
    read: (runId, query) => ask(internalPaths.read, { runId, query }),
    lines: (runId, query) => ask(internalPaths.lines, { runId, query }),
    lineStreams: (runId, query) => ask(internalPaths.lineStreams, { runId, query }),
    info: (runId) => ask(internalPaths.info, { runId }),
    async *search(runId, query, signal) {
      try {
        for await (const page of stream<SearchPage>(internalPaths.search, { runId, query }, signal)) {
          if (page) yield page
        }
      } catch (cause) {
        throw noAnswer(cause)
      }
    },
    follow: (runId, offset, signal) => stream<LogEntry>(internalPaths.follow, { runId, offset }, signal),
  }
}

function noAnswer(cause: unknown): ApiError {
  const message = 'The server that stores the log of this run does not respond at the moment. Try again.'
  return Object.assign(new ApiError('unavailable', message), { cause })
}

async function* linesOf({ body }: Response): AsyncGenerator<string, void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of (body ?? []) as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}
