import { z } from 'zod'
import { procedure, router } from '@/server/api/trpc/init'
import { uuid } from '@/server/domain/ids'
import { directionInput, optionalLimitInput } from '@/server/domain/page'
import { listSecrets, removeSecret, setSecret } from '@/server/secrets/secrets'

const secretName = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,200}$/, 'must be 1 to 200 letters, digits, underscores, dots or hyphens')

export const secretRouter = router({
  list: procedure
    .input(
      z.strictObject({
        companyId: uuid,
        limit: optionalLimitInput,
        cursor: secretName.nullish(),
        direction: directionInput,
      }),
    )
    .query(async ({ ctx, input: { companyId, limit, cursor: after } }) => {
      return await listSecrets(ctx.services.database.sql, await ctx.gate.company(companyId), { limit, after })
    }),
  /** A stored value can be replaced, but not read. */
  set: procedure
    .input(
      z.strictObject({ companyId: uuid, name: secretName, value: z.string().min(1, 'must not be empty').max(65_536) }),
    )
    .mutation(async ({ ctx, input }) => {
      const companyId = await ctx.gate.company(input.companyId)
      const { database, access } = ctx.services
      return await setSecret(database.sql, ctx.by, access.secretKey, { ...input, companyId })
    }),
  remove: procedure.input(z.strictObject({ companyId: uuid, name: secretName })).mutation(async ({ ctx, input }) => {
    const companyId = await ctx.gate.company(input.companyId)
    return await removeSecret(ctx.services.database.sql, ctx.by, companyId, input.name)
  }),
})
