import { tracked } from '@trpc/server'
import { z } from 'zod'
import { untilDrained } from '@/server/api/trpc/backpressure'
import { procedure, router } from '@/server/api/trpc/init'
import { uuid } from '@/server/domain/ids'
import { followLive } from '@/server/live/follow'

export const liveRouter = router({
  /**
   * After a gap that cannot be replayed, one `live.reset` is sent first: refetch what is shown. With `position`, a new
   * subscription is sent `live.position` first: a client that is cut off before any other event resumes from its id.
   */
  onEvent: procedure
    .input(
      z.strictObject({
        companyId: uuid,
        lastEventId: z.string().max(100).nullish(),
        position: z.boolean().default(false),
      }),
    )
    .subscription(async function* ({ ctx, input }) {
      const companyId = await ctx.gate.company(input.companyId)
      const { database, feed } = ctx.services
      const { until } = ctx
      const events = followLive({
        sql: database.sql,
        feed,
        companyId,
        lastEventId: input.lastEventId || null,
        tellsPosition: input.position,
        signal: until,
        backpressure: untilDrained(ctx.socket, until),
      })
      for await (const event of events) yield tracked(event.id, event)
    }),
})
