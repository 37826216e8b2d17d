import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import type { Services } from '@/server/api/trpc/context'
import { notFound } from '@/server/domain/errors'
import { uuid } from '@/server/domain/ids'
import { refuseFault } from '@/server/domain/storable'
import { routePermissions } from '@/server/identity/access/permissions'
import { exportFormats, sendActivity } from '@/server/identity/activity/export'
import { activityFilter } from '@/server/identity/activity/input'
import { enter } from './caller'

const query = z.strictObject({ ...activityFilter, format: z.enum(exportFormats).default('ndjson') })

/** `GET /api/companies/{companyId}/activity`: the log as a download, filtered as `activity.list` is; `?format=ndjson|csv`. */
export async function getActivity(
  services: Services,
  companyId: string,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const rule = routePermissions['GET /api/companies/{companyId}/activity']
  const gate = await enter({ services, request, response, rule })
  if (!uuid.safeParse(companyId).success) throw notFound('company')
  const company = await gate.company(companyId)
  const given = Object.fromEntries(url.searchParams)
  refuseFault(given, false)
  const { format, ...filter } = query.parse(given)
  await sendActivity(services.database.sql, response, { ...filter, companyId: company }, format)
}
