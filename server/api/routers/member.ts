import { z } from 'zod'
import { procedure, router } from '@/server/api/trpc/init'
import { roles } from '@/server/domain/agent-status'
import { uuid } from '@/server/domain/ids'
import { pageInput } from '@/server/domain/page'
import { emailInput } from '@/server/identity/people/inputs'
import { invite } from '@/server/identity/people/invitations'
import { listMembers, removeMember, updateMember } from '@/server/identity/people/members'

const whichMember = z.strictObject({ companyId: uuid, memberId: uuid })
const role = z.enum(roles)

export const memberRouter = router({
  /** Includes open invitations, with the status `invited`. */
  list: procedure.input(z.strictObject({ companyId: uuid, ...pageInput })).query(async ({ ctx, input }) => {
    return await listMembers(ctx.services.database.sql, await ctx.gate.company(input.companyId), input)
  }),
  /** Returns the invitation with its `link`, which works once, within a week, and is only in this answer. */
  invite: procedure
    .input(z.strictObject({ companyId: uuid, email: emailInput, role }))
    .mutation(async ({ ctx, input }) => {
      const companyId = await ctx.gate.company(input.companyId)
      const { database, publicUrl } = ctx.services
      return await invite(database.sql, ctx.by, publicUrl, { ...input, companyId })
    }),
  update: procedure.input(whichMember.extend({ role })).mutation(async ({ ctx, input }) => {
    const companyId = await ctx.gate.company(input.companyId)
    return await updateMember(ctx.services.database.sql, ctx.by, companyId, input.memberId, input.role)
  }),
  remove: procedure.input(whichMember).mutation(async ({ ctx, input }) => {
    const companyId = await ctx.gate.company(input.companyId)
    return await removeMember(ctx.services.database.sql, ctx.by, companyId, input.memberId)
  }),
})
