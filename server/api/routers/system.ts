import { systemStatus } from '@/server/api/system/status'
import { procedure, router } from '@/server/api/trpc/init'

export const systemRouter = router({
  status: procedure.query(async ({ ctx }) => {
    await ctx.gate.installation()
    return await systemStatus(ctx.services.database.sql)
  }),
})
