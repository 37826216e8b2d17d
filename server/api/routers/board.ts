import { z } from 'zod'
import { procedure, router } from '@/server/api/trpc/init'
import { uuid } from '@/server/domain/ids'
import { lastLines } from '@/server/insight/board/last-lines'
import { boardAgentsShown, boardOverview } from '@/server/insight/board/overview'
import { runHistory } from '@/server/insight/statistics/history'

export const boardRouter = router({
  /** The current agents, queue, spend, and what needs attention. */
  get: procedure.input(z.strictObject({ companyId: uuid })).query(async ({ ctx, input }) => {
    return await boardOverview(ctx.services.database.sql, await ctx.gate.company(input.companyId))
  }),
  /** Runs that ended in the last `hours`, by hour and outcome, with rates and durations. */
  history: procedure
    .input(z.strictObject({ companyId: uuid, hours: z.number().int().min(1).max(168).default(24) }))
    .query(async ({ ctx, input }) => {
      return await runHistory(ctx.services.database.sql, await ctx.gate.company(input.companyId), input.hours)
    }),
  /** The last line that each of these runs has written. */
  lastLines: procedure
    .input(z.strictObject({ companyId: uuid, runIds: z.array(uuid).max(boardAgentsShown).default([]) }))
    .query(async ({ ctx, input }) => {
      const companyId = await ctx.gate.company(input.companyId)
      const { database, logs } = ctx.services
      return { items: await lastLines({ sql: database.sql, logs }, companyId, input.runIds) }
    }),
})
