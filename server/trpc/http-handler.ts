import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type AnyTRPCProcedure,
  type AnyTRPCRouter,
  callTRPCProcedure,
  getTRPCErrorShape,
  TRPCError,
  transformTRPCResponse,
} from '@trpc/server'
import { type NodeHTTPHandlerOptions, nodeHTTPRequestHandler } from '@trpc/server/adapters/node-http'
import { readBody, sendEarly } from '@/server/api/body'
import { Failure } from '@/server/domain/errors'
import { checkedJson } from '@/server/domain/json'
import type { AppRouter } from '@/server/routers/app-router'
import type { Context } from './context'
import { trpcErrorOf } from './errors'

/** With its body, once that has been read. */
type Request = IncomingMessage & { body?: string }

type Options = Omit<NodeHTTPHandlerOptions<AppRouter, Request, ServerResponse>, 'createContext' | 'maxBodySize'> & {
  createContext(request: IncomingMessage): Context
  /** In bytes. */
  maxBodySize: number
}

const basePath = '/api/trpc/'

/**
 * tRPC over HTTP. A mutation that is called alone is answered here, for somebody waits for it: of each call tRPC's own
 * handler makes a Request, a Response, two streams and several signals, which takes 0.6 ms on an idle server. It answers
 * everything else, and everything that fails.
 */
export function createTrpcHandler({ createContext, maxBodySize, ...options }: Options) {
  const { router } = options

  function handle(request: Request, response: ServerResponse, path: string, error?: unknown): Promise<void> {
    return nodeHTTPRequestHandler({
      ...options,
      maxBodySize,
      path,
      req: request,
      res: response,
      createContext: () => createContext(request),
      middleware: (_request, _response, next) => next(error),
    })
  }

  async function answer(request: Request, response: ServerResponse, path: string, isBatch: boolean): Promise<void> {
    const input = createInput(request.body ?? '', isBatch)
    let data: unknown
    try {
      data = await callTRPCProcedure({
        router,
        path,
        ctx: createContext(request),
        type: 'mutation',
        batchIndex: 0,
        signal: undefined,
        getRawInput: input.read,
      })
    } catch (error) {
      return await handle(request, response, path, isUnreadable(error) ? undefined : error)
    }
    const result = transformTRPCResponse(router._def._config, { result: { data } })
    response.setHeader('vary', 'trpc-accept, accept')
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(isBatch ? [result] : result))
  }

  /** Before tRPC parses it: what there is too much of, or too deep, is refused. */
  async function readInput(request: Request, response: ServerResponse, url: URL): Promise<void> {
    if (request.method === 'POST') {
      const body = await readBody(request, response, maxBodySize)
      if (isForm(request)) throw new Failure('invalid_input', 'Send JSON, with the content type application/json.')
      request.body = checkedJson(body)
    }
    const given = url.searchParams.get('input')
    if (given === null) return
    url.searchParams.set('input', checkedJson(given))
    if (url.searchParams.get('input') !== given) request.url = `${url.pathname}${url.search}`
  }

  function refuse(request: Request, response: ServerResponse, path: string, cause: unknown): void | Promise<void> {
    const error = trpcErrorOf(cause)
    request.body ??= ''
    if (error.code !== 'PAYLOAD_TOO_LARGE') return handle(request, response, path, error)
    const { _config: config } = router._def
    const shape = getTRPCErrorShape({ config, error, type: 'unknown', path, input: undefined, ctx: undefined })
    response.statusCode = 413
    response.setHeader('content-type', 'application/json')
    response.setHeader('vary', 'trpc-accept, accept')
    sendEarly(response, JSON.stringify(transformTRPCResponse(config, { error: shape })))
  }

  return async (request: Request, response: ServerResponse, url: URL): Promise<void> => {
    const path = url.pathname.slice(basePath.length)
    try {
      await readInput(request, response, url)
    } catch (error) {
      return await refuse(request, response, path, error)
    }
    if (!isMutation(router, path) || !isPlain(request)) return await handle(request, response, path)
    await answer(request, response, path, url.searchParams.get('batch') === '1')
  }
}

/** Of one procedure: the paths of several stand together with commas. */
function isMutation(router: AnyTRPCRouter, path: string): boolean {
  const procedures: Record<string, AnyTRPCProcedure> = router._def.procedures
  return Object.hasOwn(procedures, path) && procedures[path]?._def.type === 'mutation'
}

/** Kinds of bodies that tRPC would take besides JSON, for procedures that there are none of. */
function isForm({ headers }: IncomingMessage): boolean {
  return /^(multipart\/form-data|application\/octet-stream) *(;|$)/i.test(headers['content-type'] ?? '')
}

/** JSON is sent, and expected in one piece. */
function isPlain({ method, headers }: IncomingMessage): boolean {
  const isStream = 'trpc-accept' in headers || headers.accept?.includes('application/jsonl')
  return method === 'POST' && !isStream && /^application\/json *(;|$)/i.test(headers['content-type'] ?? '')
}

const unreadable = new Failure('invalid_input', 'The body can not be read.')

/** It was asked for in vain: why, tRPC's handler says better. */
function isUnreadable(error: unknown): boolean {
  return error instanceof TRPCError && error.cause === unreadable
}

/** Parsed once, and not before it is asked for: whoever may not call has none of it parsed. */
function createInput(text: string, isBatch: boolean) {
  let given: { input: unknown } | null | undefined
  return {
    async read(): Promise<unknown> {
      if (given === undefined) given = inputOf(text, isBatch)
      if (!given) throw unreadable
      return given.input
    },
  }
}

function inputOf(text: string, isBatch: boolean): { input: unknown } | null {
  try {
    const input: unknown = JSON.parse(text)
    if (!isBatch) return { input }
    return isRecord(input) ? { input: input[0] } : null
  } catch {
    return null
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
