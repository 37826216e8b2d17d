import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { ApiError } from '@/server/domain/errors'
import { uuid } from '@/server/domain/ids'
import { readJson } from '@/server/domain/json'
import { logStreams } from '@/server/domain/run-status'
import { isSigned } from '@/server/identity/access/server-signature'
import { aliveEveryMs, internalPaths, type StreamLine } from '@/server/logs/remote'
import type { RunLogs } from '@/server/logs/run-logs'
import { readBody } from './body'
import { sendJson } from './respond'

export type InternalLogs = { logs: RunLogs; secretKey: Buffer }

const mostBodyBytes = 16 * 1024
const offset = z.number().int().min(0)
// `null` stands for Infinity, which JSON does not have: no end.
const shared = {
  limitBytes: z.number().int().min(1),
  stream: z.enum(logStreams).optional(),
  endOffset: offset.nullish().transform((end) => end ?? undefined),
}
const target = z.object({ storeId: z.string(), runId: uuid })
const address = z.union([z.object({ line: offset }), z.object({ offset }), z.object({ last: offset })])
const requests = {
  read: target.extend({ query: z.object({ ...shared, offset }) }),
  lines: target.extend({ query: z.object({ ...shared, at: address, lines: offset }) }),
  lineStreams: target.extend({ query: z.object({ offset, endOffset: shared.endOffset }) }),
  search: target.extend({
    query: z.object({
      stream: shared.stream,
      endOffset: shared.endOffset,
      text: z.string(),
      matchCase: z.boolean(),
      offset,
      limit: offset,
    }),
  }),
  follow: target.extend({ offset }),
  info: target,
}

export function isInternal(pathname: string): boolean {
  return pathname.startsWith('/internal/')
}

/** Answers other servers of this installation with the logs that this server stores. */
export async function serveInternal(
  { logs, secretKey }: InternalLogs,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname
  const body = await readBody(request, response, mostBodyBytes)
  if (request.method !== 'POST' || !isSigned(secretKey, { authorization: request.headers.authorization, path, body })) {
    throw new ApiError('unauthenticated', 'Only servers of this installation may call this.')
  }
  const given: unknown = readJson(body)
  const { own, directory } = logs.stores
  // Another server may use the address of the intended one by now.
  if (target.parse(given).storeId !== directory.storeId)
    throw new ApiError('not_found', 'Another server listens at this address now.')
  const closed = new AbortController()
  response.on('close', () => closed.abort())
  switch (path) {
    case internalPaths.read: {
      const { runId, query } = requests.read.parse(given)
      return sendJson(response, 200, await own.read(runId, query))
    }
    case internalPaths.lines: {
      const { runId, query } = requests.lines.parse(given)
      return sendJson(response, 200, await own.lines(runId, query))
    }
    case internalPaths.lineStreams: {
      const { runId, query } = requests.lineStreams.parse(given)
      return sendJson(response, 200, await own.lineStreams(runId, query))
    }
    case internalPaths.info:
      return sendJson(response, 200, await own.info(requests.info.parse(given).runId))
    case internalPaths.search: {
      const { runId, query } = requests.search.parse(given)
      return await sendStream(response, own.search(runId, query, closed.signal))
    }
    case internalPaths.follow: {
      const { runId, offset } = requests.follow.parse(given)
      return await sendStream(response, logs.follow(runId, offset, closed.signal, { tellsOwner: true }))
    }
    default:
      throw new ApiError('not_found', 'There is nothing at this path.')
  }
}

/** Sends one JSON value per line, as fast as the reader reads. An error cuts the stream: an orderly end means that all was sent. */
async function sendStream<T>(response: ServerResponse, items: AsyncGenerator<T, void>): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
  response.flushHeaders()
  const send = (line: StreamLine<T>) => response.write(`${JSON.stringify(line)}\n`)
  const beat = setInterval(() => send({ alive: true }), aliveEveryMs)
  try {
    for await (const item of items) {
      if (response.destroyed) return
      if (!send({ item })) await drained(response)
    }
    send({ end: true })
    response.end()
  } catch (error) {
    response.destroy()
    throw error
  } finally {
    clearInterval(beat)
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
}
