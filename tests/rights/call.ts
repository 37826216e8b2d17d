import { appRouter } from '@/server/api/routers/app-router'
import { type Credential, createTestClient, headersOf } from '@/tests/client'
import { knownFields } from './known-fields'
import type { Target } from './targets'

/** How a call ended: `answered`, or the reason it failed with. */
export type Ending = { reason: string; body: string }

type Field = { safeParse(value: unknown): { success: boolean } }
type Shape = Record<string, Field>

export type Procedure = {
  path: string
  type: 'query' | 'mutation' | 'subscription'
  /** The fields that its input can not be without. */
  needs: Shape
  inputs: unknown[] | undefined
}

type Definition = { _def: { type: Procedure['type']; inputs?: { shape?: Shape }[] } }

/** Every procedure of the router. */
export const procedures: Procedure[] = Object.entries(
  appRouter._def.procedures as unknown as Record<string, Definition>,
).map(([path, { _def }]) => {
  const fields = (_def.inputs ?? []).flatMap((input) => Object.entries(input.shape ?? {}))
  const needs = Object.fromEntries(fields.filter(([, field]) => !field.safeParse(undefined).success))
  return { path, type: _def.type, needs, inputs: _def.inputs }
})

const anything = [
  'x',
  1,
  true,
  [],
  {},
  '2026-01-01T00:00:00Z',
  crypto.randomUUID(),
  'run_failed',
  'http://127.0.0.1:9/',
]

/** An input that the procedure takes, whatever it asks for. */
function inputOf({ path, needs, inputs }: Procedure, target: Target): Record<string, unknown> {
  const words = { provider: 'acme', model: 'tiny', adapterType: 'process', adapterConfig: { command: 'true' } }
  const email = `${crypto.randomUUID()}@example.com`
  const fitting = Object.entries(needs).map(([name, field]) => [
    name,
    anything.find((value) => field.safeParse(value).success),
  ])
  const input = { ...Object.fromEntries(fitting), ...target, ...words, email, role: 'viewer' }
  const known = path === 'account.update' ? { name: 'A name' } : { ...input, groupBy: 'day', idempotencyKey: email }
  // What is optional would narrow a list down, or ask a token for a company.
  const narrow = 'companyId' in needs ? {} : { companyId: undefined }
  // Who comes back from a place that nobody knows is told so at once; who begins anew waits for something to happen.
  const lost = path === 'live.onEvent' ? { lastEventId: 'lost' } : {}
  return knownFields(inputs, { ...known, ...narrow, ...lost })
}

/** Calls a procedure over HTTP, or over a socket where it is a subscription. */
export async function callProcedure(
  url: string,
  procedure: Procedure,
  target: Target,
  credential: Credential,
): Promise<Ending> {
  const input = inputOf(procedure, target)
  if (procedure.type === 'subscription') return await subscribed(url, procedure.path, input, credential)
  const address = `${url}/api/trpc/${procedure.path}`
  const headers = { 'content-type': 'application/json', ...headersOf(credential) }
  const answer =
    procedure.type === 'query'
      ? await fetch(`${address}?input=${encodeURIComponent(JSON.stringify(input))}`, { headers })
      : await fetch(address, { method: 'POST', headers, body: JSON.stringify(input) })
  const body = await answer.text()
  const { error } = JSON.parse(body) as { error?: { message: string; data: { reason: string } } }
  return error ? ended(error.data.reason, error) : { reason: 'answered', body }
}

type Failed = { message: string; data?: unknown }

function ended(reason: string, { message, data }: Failed): Ending {
  const { path: _path, ...rest } = (data ?? {}) as Record<string, unknown>
  // With what is wrong with an input, as that is a fault of the test.
  return {
    reason: reason === 'invalid_input' ? `${reason} ${message}` : reason,
    body: JSON.stringify({ message, ...rest }),
  }
}

/** The first that comes: data or the end of all there is, or a refusal. */
async function subscribed(url: string, path: string, input: object, credential: Credential): Promise<Ending> {
  const { client, close } = createTestClient(url, credential)
  const [noun = '', verb = ''] = path.split('.')
  type Subscribe = { subscribe(input: object, handlers: Record<string, (value: Failed) => void>): unknown }
  const procedure = (client as unknown as Record<string, Record<string, Subscribe>>)[noun]?.[verb]
  try {
    return await new Promise<Ending>((resolve) => {
      const answered = () => resolve({ reason: 'answered', body: '' })
      procedure?.subscribe(input, {
        onData: answered,
        onComplete: answered,
        onError: (error) => resolve(ended(String((error.data as { reason?: string })?.reason), error)),
      })
    })
  } finally {
    close()
  }
}

/** Calls what is not a procedure: `POST /api/agents/{agentId}/wakeups`. */
export async function callRoute(url: string, route: string, target: Target, credential: Credential): Promise<Ending> {
  const [method = '', pattern = ''] = route.split(' ')
  const path = pattern
    .replace('{agentId}', target.agentId)
    .replace('{runId}', target.runId)
    .replace('{companyId}', target.companyId)
  const headers = headersOf(credential)
  const answer = await fetch(url + path, {
    method,
    headers,
    redirect: 'manual',
    ...(method === 'POST' ? { body: '{}' } : {}),
  })
  const body = await answer.text()
  const failed = /^\{"error":/.test(body)
    ? (JSON.parse(body) as { error: { reason: string; message: string } }).error
    : null
  return { reason: failed ? failed.reason : 'answered', body }
}
