import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { claudeAnswer } from './stand-in-claude'
import { codexAnswer } from './stand-in-codex'

/**
 * The model's next reply: a text, a shell command through the program's own tool, or an error with an HTTP status.
 * `turn` counts the tool results since the prompt.
 */
export type Reply =
  | { text: string }
  | { command: string }
  | { status: number; headers?: Record<string, string>; message: string; type?: string; details?: object }
export type Ask = { prompt: string; turn: number }

export type StandIn = {
  url: string
  /** Every prompt that asked for an answer, in order. */
  asked: Ask[]
  /** The request bodies: the conversation so far. */
  heard: string[]
  close(): Promise<void>
}

/** A model API on loopback for the real programs: `POST /v1/messages` as Anthropic's, `/v1/responses` as OpenAI's. */
export async function startStandIn(reply: (ask: Ask) => Reply): Promise<StandIn> {
  const asked: Ask[] = []
  const heard: string[] = []
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy())
  })

  async function serve(request: IncomingMessage, response: ServerResponse) {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const body = await textOf(request)
    const answer = request.method === 'POST' ? answerers[path] : undefined
    if (!answer) return void response.writeHead(path === '/' ? 200 : 404).end()
    const { ask, send } = answer(JSON.parse(body))
    asked.push(ask)
    heard.push(body)
    const said = reply(ask)
    if ('status' in said) {
      const error = { type: 'error', error: { type: said.type ?? 'api_error', message: said.message, ...said.details } }
      response.writeHead(said.status, { 'content-type': 'application/json', ...said.headers })
      return void response.end(JSON.stringify(error))
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const event of send(said)) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    response.end()
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    heard,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

export type Event = { type: string; [key: string]: unknown }
export type Said = Exclude<Reply, { status: number }>
export type Answerer = (body: Record<string, unknown>) => { ask: Ask; send(said: Said): Event[] }

const answerers: Record<string, Answerer> = { '/v1/messages': claudeAnswer, '/v1/responses': codexAnswer }

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}
