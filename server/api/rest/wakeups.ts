import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Services } from '@/server/api/trpc/context'
import { ApiError } from '@/server/domain/errors'
import { uuid } from '@/server/domain/ids'
import { causeOf, idempotencyKeyInput, triggerOf, wakeupInput, withoutSecrets } from '@/server/engine/wakeups/input'
import { requestHere } from '@/server/engine/wakeups/request-here'
import { createGate } from '@/server/identity/access/gate'
import { routePermissions } from '@/server/identity/access/permissions'
import { auditActorOf, type Caller } from '@/server/identity/activity/audit-actor'
import { headerText } from '@/server/platform/header-text'
import { readJsonBody } from './body'
import { actorOf } from './caller'
import { sendJson } from './respond'

const maxBodyBytes = 1_048_576

/** `POST /api/agents/{agentId}/wakeups`: `wakeup.create` for programs without tRPC. 201 queued, else 200. */
export async function postWakeup(
  services: Services,
  agentId: string,
  caller: Caller,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const actor = await actorOf(services, request)
  if (!actor) throw new ApiError('unauthenticated', 'Send a token: Authorization: Bearer TOKEN.')
  if (!uuid.safeParse(agentId).success) throw new ApiError('not_found', 'No agent with this id.')
  const gate = createGate(services.database.sql, actor, routePermissions['POST /api/agents/{agentId}/wakeups'])
  await gate.agentToLock(agentId)
  const input = wakeupInput.parse(await readJsonBody(request, response, { maxBytes: maxBodyBytes, isData: true }))
  const idempotencyKey = keyOf(request) ?? input.idempotencyKey
  const cleaned = await withoutSecrets(services.access, actor, { ...input, idempotencyKey })
  const triggerDetail = triggerOf(actor, input.triggerDetail, true)
  const cause = causeOf(actor, services.wakeBounds)
  const wakeup = { ...cleaned, agentId, triggerDetail, cause, actor: auditActorOf(actor, caller) }
  const answer = await requestHere({ ...services, sql: services.database.sql }, wakeup)
  sendJson(response, answer.outcome === 'queued' ? 201 : 200, answer)
}

/** An empty header is refused: as a key it would be the same in every call. */
function keyOf({ headers }: IncomingMessage): string | null | undefined {
  const name = 'Idempotency-Key'
  const parsed = idempotencyKeyInput.safeParse(headerText(headers['idempotency-key']))
  if (parsed.success) return parsed.data
  throw new ApiError('invalid_input', `${name}: ${parsed.error.issues[0]?.message ?? 'Invalid input'}`, name)
}
