import { z } from 'zod'
import { adapterOf, describeAdapters } from '@/server/adapters/registry'
import { checkedConfig } from '@/server/agents/configuration'
import { procedure, router } from '@/server/api/trpc/init'
import { uuid } from '@/server/domain/ids'

export const adapterRouter = router({
  list: procedure.query(() => describeAdapters()),
  /** Checks a configuration on this server's machine. An invalid configuration is BAD_REQUEST, as when saving. */
  check: procedure
    .input(
      z.strictObject({
        companyId: uuid,
        adapterType: z.string().max(100),
        adapterConfig: z.record(z.string(), z.unknown()),
      }),
    )
    .mutation(async ({ ctx, input }) => {
      await ctx.gate.company(input.companyId)
      const config = checkedConfig(input.adapterType, input.adapterConfig)
      const checks = (await adapterOf(input.adapterType)?.check(config)) ?? []
      return { ok: checks.every((check) => check.level !== 'error'), checks }
    }),
})
