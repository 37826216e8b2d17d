import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { createGate } from '@/server/access/gate'
import { permissions } from '@/server/access/permissions'
import { exportFormats, sendActivity } from '@/server/activity/export'
import { activityFilter } from '@/server/activity/input'
import { reachActivity } from '@/server/activity/reach'
import { Failure } from '@/server/domain/errors'
import type { Services } from '@/server/trpc/context'
import { actorOf } from './caller'

const query = z.object({ ...activityFilter, format: z.enum(exportFormats).default('ndjson') })

/** `GET /api/activity`: the log as a download, with the filters of `activity.list`, `?format=ndjson|csv`. */
export async function getActivity(services: Services, url: URL, request: IncomingMessage, response: ServerResponse) {
  const actor = await actorOf(services, request)
  const rule = permissions['activity.list']
  if (!actor || !rule) throw new Failure('unauthenticated', 'Sign in, or send a token.')
  const gate = createGate(services.database.sql, actor, rule)
  const { format, ...filter } = query.parse(Object.fromEntries(url.searchParams))
  const companyId = await reachActivity(gate, filter.companyId)
  await sendActivity(services.database.sql, response, { ...filter, companyId }, format)
}
