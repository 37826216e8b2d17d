import type { IncomingMessage, ServerResponse } from 'node:http'
import { getTRPCErrorShape, type TRPCError, transformTRPCResponse } from '@trpc/server'
import { type NodeHTTPHandlerOptions, nodeHTTPRequestHandler } from '@trpc/server/adapters/node-http'
import { readBody, sendEarly } from '@/server/api/rest/body'
import type { AppRouter } from '@/server/api/routers/app-router'
import { ApiError } from '@/server/domain/errors'
import { checkedJson } from '@/server/domain/json'
import type { Context } from './context'
import { trpcErrorOf } from './errors'

/** tRPC reads a body that was read before from `body`. */
type Request = IncomingMessage & { body?: string }

type Options = Omit<NodeHTTPHandlerOptions<AppRouter, Request, ServerResponse>, 'createContext' | 'maxBodySize'> & {
  createContext(request: IncomingMessage): Context
  /** In bytes. */
  maxBodySize: number
}

const basePath = '/api/trpc/'

/** tRPC's HTTP handler, for requests whose input is read and checked first. */
export function createTrpcHandler({ createContext, ...options }: Options) {
  function refuseTooLarge(response: ServerResponse, path: string, error: TRPCError): void {
    const { _config: config } = options.router._def
    const shape = getTRPCErrorShape({ config, error, type: 'unknown', path, input: undefined, ctx: undefined })
    response.statusCode = 413
    response.setHeader('content-type', 'application/json')
    response.setHeader('vary', 'trpc-accept, accept')
    sendEarly(response, JSON.stringify(transformTRPCResponse(config, { error: shape })))
  }

  return async (request: Request, response: ServerResponse, url: URL): Promise<void> => {
    const path = url.pathname.slice(basePath.length)
    let refusal: TRPCError | undefined
    try {
      if (request.method === 'POST') request.body = await readPost(request, response, options.maxBodySize)
      checkUrlInput(request, url)
    } catch (cause) {
      refusal = trpcErrorOf(cause)
      if (refusal.code === 'PAYLOAD_TOO_LARGE') return refuseTooLarge(response, path, refusal)
      request.body ??= ''
    }
    await nodeHTTPRequestHandler({
      ...options,
      path,
      req: request,
      res: response,
      createContext: () => createContext(request),
      middleware: (_request, _response, next) => next(refusal),
    })
  }
}

/** Depth and size are checked before tRPC parses the body: parsing one that is too deep or too large would take long. */
async function readPost(request: Request, response: ServerResponse, maxBodySize: number): Promise<string> {
  const body = await readBody(request, response, maxBodySize)
  if (isForm(request)) throw new ApiError('invalid_input', 'Send JSON, with the content type application/json.')
  return checkedJson(body)
}

/** The same for the input of a query, which is in the URL. */
function checkUrlInput(request: Request, url: URL): void {
  const given = url.searchParams.get('input')
  if (given === null) return
  const checked = checkedJson(given)
  if (checked === given) return
  url.searchParams.set('input', checked)
  request.url = `${url.pathname}${url.search}`
}

/** Kinds of bodies besides JSON that tRPC accepts, although no procedure takes them. */
function isForm({ headers }: IncomingMessage): boolean {
  return /^(multipart\/form-data|application\/octet-stream) *(;|$)/i.test(headers['content-type'] ?? '')
}
