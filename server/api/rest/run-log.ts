import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Services } from '@/server/api/trpc/context'
import { notFound } from '@/server/domain/errors'
import { uuid } from '@/server/domain/ids'
import { routePermissions } from '@/server/identity/access/permissions'
import { parseDownload, sendLog } from '@/server/logs/download'
import { enter } from './caller'

/** `GET /api/runs/{runId}/log`: the raw log, `?stream=stdout|stderr`, `?format=ndjson`. */
export async function getRunLog(
  services: Services,
  runId: string,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const gate = await enter({ services, request, response, rule: routePermissions['GET /api/runs/{runId}/log'] })
  if (!uuid.safeParse(runId).success) throw notFound('run')
  await gate.run(runId)
  const download = parseDownload(url.searchParams)
  const { reading, endOffset } = await services.logs.reachComplete(runId)
  await sendLog(response, { ...download, store: reading, runId, endOffset })
}
