import { z } from 'zod'
import { procedure, router } from '@/server/api/trpc/init'
import { uuid } from '@/server/domain/ids'
import { pageInput } from '@/server/domain/page'
import { wakeupStatuses } from '@/server/domain/wakeup-status'
import { causeOf, triggerOf, wakeupOfAgentInput, withoutSecrets } from '@/server/engine/wakeups/input'
import { listWakeups } from '@/server/engine/wakeups/queries'
import { requestHere } from '@/server/engine/wakeups/request-here'

export const wakeupRouter = router({
  /** Error: CONFLICT for a skip reason that refuses (the receipt is stored), and for an idempotencyKey with another request. */
  create: procedure
    .meta({ isData: true })
    .input(wakeupOfAgentInput)
    .mutation(async ({ ctx, input }) => {
      const { agentId } = await ctx.gate.agentToLock(input.agentId)
      const { access, database, notifier, runner, wakeBounds } = ctx.services
      const triggerDetail = triggerOf(ctx.actor, input.triggerDetail, false)
      const cause = causeOf(ctx.actor, wakeBounds)
      const request = await withoutSecrets(access, ctx.actor, input)
      const server = { sql: database.sql, runner, notifier }
      return await requestHere(server, { ...request, agentId, triggerDetail, actor: ctx.by, cause })
    }),
  list: procedure
    .input(
      z.strictObject({
        companyId: uuid,
        agentId: uuid.optional(),
        /** Wakeups that made this run or were coalesced into it. */
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
