import type { IncomingMessage, ServerResponse } from 'node:http'
import { maxReportBytes } from '@/server/adapters/report'
import type { Services } from '@/server/api/trpc/context'
import { ApiError, notFound } from '@/server/domain/errors'
import { uuid } from '@/server/domain/ids'
import { storeResult } from '@/server/engine/runs/results'
import { createGate } from '@/server/identity/access/gate'
import { routePermissions } from '@/server/identity/access/permissions'
import { readJsonBody } from './body'
import { actorOf } from './caller'
import { sendJson } from './respond'

/** `POST /api/runs/{runId}/result`: an asynchronous agent reports its result, with the token of that run. Once. */
export async function postRunResult(
  services: Services,
  runId: string,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const actor = await actorOf(services, request)
  if (!actor) throw new ApiError('unauthenticated', 'Send the token of the run: Authorization: Bearer TOKEN.')
  const gate = createGate(services.database.sql, actor, routePermissions['POST /api/runs/{runId}/result'])
  if (!uuid.safeParse(runId).success) throw notFound('run')
  const run = await gate.run(runId.toLowerCase())
  const body = await readJsonBody(request, response, { maxBytes: maxReportBytes, isData: true })
  const { database, access } = services
  await storeResult(database.sql, access.secretKey, run.runId, body)
  services.notifier.notify('results')
  sendJson(response, 200, { accepted: true })
}
