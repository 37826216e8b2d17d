import { z } from 'zod'
import { uuid } from '@/server/domain/ids'
import { pageInput } from '@/server/domain/page'
import { wakeupStatuses } from '@/server/domain/wakeup-status'
import { procedure, router } from '@/server/trpc/init'
import { causeOf, triggerOf, wakeupOfAgentInput, withoutSecrets } from '@/server/wakeups/input'
import { createTaking } from '@/server/wakeups/places'
import { listWakeups } from '@/server/wakeups/queries'
import { request } from '@/server/wakeups/request'

export const wakeupRouter = router({
  /** Errors: CONFLICT for a refusing skip reason (the receipt is stored) and for an idempotencyKey used otherwise. */
  create: procedure.input(wakeupOfAgentInput).mutation(async ({ ctx, input }) => {
    const { agentId } = await ctx.gate.agentToLock(input.agentId)
    const { access, database, nudges, runnerPlaces, wakeBounds } = ctx.services
    const triggerDetail = triggerOf(ctx.actor, input.triggerDetail, false)
    const cause = causeOf(ctx.actor, wakeBounds)
    const wish = await withoutSecrets(access, ctx.actor, input)
    const taking = createTaking(runnerPlaces)
    try {
      return await request(database.byKey, { ...wish, agentId, triggerDetail, actor: ctx.by, cause }, taking)
    } finally {
      nudges.send(...taking.nudges())
    }
  }),
  list: procedure
    .input(
      z.object({
        companyId: uuid,
        agentId: uuid.optional(),
        /** Those that made this run or joined it. */
        runId: uuid.optional(),
        status: z.enum(wakeupStatuses).optional(),
        ...pageInput,
      }),
    )
    .query(async ({ ctx, input }) => {
      const companyId = await ctx.gate.company(input.companyId)
      return await listWakeups(ctx.services.database.sql, { ...input, companyId })
    }),
})
