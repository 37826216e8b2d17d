import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { createGate } from '@/server/access/gate'
import { permissions } from '@/server/access/permissions'
import { exportFormats, sendActivity } from '@/server/activity/export'
import { activityFilter } from '@/server/activity/input'
import { Failure } from '@/server/domain/errors'
import { uuid } from '@/server/domain/ids'
import type { Services } from '@/server/trpc/context'
import { actorOf } from './caller'

const query = z.object({ ...activityFilter, format: z.enum(exportFormats).default('ndjson') })

/** `GET /api/companies/{companyId}/activity`: the log as a download, filtered as `activity.list` is; `?format=ndjson|csv`. */
export async function getActivity(
  services: Services,
  companyId: string,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const actor = await actorOf(services, request)
  const rule = permissions['activity.list']
  if (!actor || !rule) throw new Failure('unauthenticated', 'Sign in, or send a token.')
  const gate = createGate(services.database.sql, actor, rule)
  if (!uuid.safeParse(companyId).success) throw new Failure('not_found', 'No company with this id.')
  const company = await gate.company(companyId)
  const { format, ...filter } = query.parse(Object.fromEntries(url.searchParams))
  await sendActivity(services.database.sql, response, { ...filter, companyId: company }, format)
}
