import type { IncomingMessage, ServerResponse } from 'node:http'
import { maxReportBytes } from '@/server/adapters/report'
import { Failure } from '@/server/domain/errors'
import { storeResult } from '@/server/runs/results'
import type { Services } from '@/server/trpc/context'
import { actorOf } from './caller'
import { readJson, sendJson } from './respond'

/** `POST /api/runs/{runId}/result`: an asynchronous agent reports its result, with the token of that run. Once. */
export async function postRunResult(
  services: Services,
  runId: string,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const actor = await actorOf(services, request)
  if (!actor) throw new Failure('unauthenticated', 'Send the token of the run: Authorization: Bearer TOKEN.')
  if (actor.kind !== 'run' || actor.runId !== runId.toLowerCase()) {
    throw new Failure('forbidden', 'Only the token of this run may report its result.')
  }
  await storeResult(services.database.sql, actor.runId, await readJson(request, maxReportBytes))
  services.nudges.send('results')
  sendJson(response, 200, { accepted: true })
}
