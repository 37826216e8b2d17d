import { z } from 'zod'
import { activityCursor, activityFilter } from '@/server/activity/input'
import { listActivity } from '@/server/activity/queries'
import { reachActivity } from '@/server/activity/reach'
import { pageInput } from '@/server/domain/page'
import { procedure, router } from '@/server/trpc/init'

export const activityRouter = router({
  /** Without a company: what concerns the installation, for those who may see all of it. */
  list: procedure
    .input(z.object({ ...activityFilter, limit: pageInput.limit, cursor: activityCursor.nullish() }))
    .query(async ({ ctx, input: { limit, cursor, ...filter } }) => {
      const companyId = await reachActivity(ctx.gate, filter.companyId)
      return await listActivity(ctx.services.database.sql, { ...filter, companyId }, { limit, cursor })
    }),
})
