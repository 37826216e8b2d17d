import type { IncomingMessage, ServerResponse } from 'node:http'
import { createGate } from '@/server/access/gate'
import { routePermissions } from '@/server/access/permissions'
import { Failure } from '@/server/domain/errors'
import { uuid } from '@/server/domain/ids'
import { parseDownload, sendLog } from '@/server/logs/download'
import type { Services } from '@/server/trpc/context'
import { actorOf } from './caller'

/** `GET /api/runs/{runId}/log`: the raw log, `?stream=stdout|stderr`, `?format=ndjson`. */
export async function getRunLog(
  services: Services,
  runId: string,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const actor = await actorOf(services, request)
  if (!actor) throw new Failure('unauthenticated', 'Sign in, or send a token.')
  if (!uuid.safeParse(runId).success) throw new Failure('not_found', 'No run with this id.')
  await createGate(services.database.sql, actor, routePermissions['GET /api/runs/{runId}/log']).run(runId)
  const download = parseDownload(url.searchParams)
  const { reading, endOffset } = await services.logs.reach(runId)
  await sendLog(response, { ...download, store: reading, runId, endOffset })
}
