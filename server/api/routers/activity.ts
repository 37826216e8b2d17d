import { z } from 'zod'
import { procedure, router } from '@/server/api/trpc/init'
import { uuid } from '@/server/domain/ids'
import { directionInput, pageInput } from '@/server/domain/page'
import { activityCursor, activityFilter } from '@/server/identity/activity/input'
import { listActivity } from '@/server/identity/activity/queries'

const filters = {
  ...activityFilter,
  limit: pageInput.limit,
  cursor: activityCursor.nullish(),
  direction: directionInput,
}

export const activityRouter = router({
  list: procedure
    .input(z.strictObject({ companyId: uuid, ...filters }))
    .query(async ({ ctx, input: { limit, cursor, direction: _direction, ...filter } }) => {
      const companyId = await ctx.gate.company(filter.companyId)
      return await listActivity(ctx.services.database.sql, { ...filter, companyId }, { limit, cursor })
    }),
  /** Activity of the installation, outside any company: sign-ins, accounts. */
  installation: procedure
    .input(z.strictObject(filters).prefault({}))
    .query(async ({ ctx, input: { limit, cursor, direction: _direction, ...filter } }) => {
      await ctx.gate.installation()
      return await listActivity(ctx.services.database.sql, { ...filter, companyId: null }, { limit, cursor })
    }),
})
