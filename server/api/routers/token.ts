import { z } from 'zod'
import { procedure, router } from '@/server/api/trpc/init'
import { roles } from '@/server/domain/agent-status'
import { ApiError } from '@/server/domain/errors'
import { uuid } from '@/server/domain/ids'
import { pageInput } from '@/server/domain/page'
import type { Actor } from '@/server/identity/access/actor'
import type { Gate } from '@/server/identity/access/gate'
import {
  createPersonalToken,
  listPersonalTokens,
  revokePersonalToken,
  type TokenReach,
} from '@/server/identity/access/personal-tokens'
import { nameInput, timeInput } from './inputs'

export const tokenRouter = router({
  /** The caller's tokens; for owners also those of their companies, for the installation's owner all. */
  list: procedure.input(z.strictObject(pageInput).prefault({})).query(async ({ ctx, input }) => {
    return await listPersonalTokens(ctx.services.database.sql, await reachOf(ctx), input)
  }),
  /** Without a company, valid in all companies of its person; without a role, with all their rights. */
  create: procedure
    .input(
      z.strictObject({
        name: nameInput,
        companyId: uuid.nullish(),
        role: z.enum(roles).nullish(),
        expiresAt: timeInput.nullish(),
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const expiresAt = input.expiresAt ?? null
      if (expiresAt !== null && expiresAt.getTime() <= Date.now()) {
        throw new ApiError('invalid_input', 'expiresAt: must be in the future', 'expiresAt')
      }
      return await createPersonalToken(ctx.services.access, ctx.by, {
        name: input.name,
        personId: ctx.actor.kind === 'person' ? ctx.actor.personId : null,
        companyId: input.companyId ? await ctx.gate.company(input.companyId) : null,
        role: input.role ?? null,
        expiresAt,
      })
    }),
  revoke: procedure.input(z.strictObject({ tokenId: uuid })).mutation(async ({ ctx, input }) => {
    return await revokePersonalToken(ctx.services.database.sql, ctx.by, await reachOf(ctx), input.tokenId)
  }),
})

async function reachOf({ actor, gate }: { actor: Actor; gate: Gate }): Promise<TokenReach> {
  const ownedCompanies = await gate.companies('owner')
  return ownedCompanies === null || actor.kind !== 'person' ? 'all' : { personId: actor.personId, ownedCompanies }
}
