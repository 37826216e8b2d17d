import { z } from 'zod'
import { createExample, removeExample } from '@/server/agents/companies/example'
import { getCompany, listCompanies } from '@/server/agents/companies/queries'
import { createCompany, updateCompany } from '@/server/agents/companies/write'
import { procedure, router } from '@/server/api/trpc/init'
import { companyStatuses, pauseRuns, type Role } from '@/server/domain/agent-status'
import { ApiError } from '@/server/domain/errors'
import { uuid } from '@/server/domain/ids'
import { pageInput } from '@/server/domain/page'
import { retentionSchema } from '@/server/domain/retention-schema'
import { allowedTo } from '@/server/identity/access/permissions'
import { budgetInput, nameInput } from './inputs'

export const companyRouter = router({
  list: procedure.input(z.strictObject(pageInput).prefault({})).query(async ({ ctx, input }) => {
    return await listCompanies(ctx.services.database.sql, await ctx.gate.companies(), input)
  }),
  /** With the caller's `role` in it, and the procedures that are open to that role (`may`). */
  get: procedure.input(z.strictObject({ companyId: uuid })).query(async ({ ctx, input }) => {
    const companyId = await ctx.gate.company(input.companyId)
    const company = await getCompany(ctx.services.database.sql, companyId)
    return { ...company, ...rightsOf(await ctx.gate.role(companyId)) }
  }),
  create: procedure
    .input(z.strictObject({ name: nameInput, budgetMonthlyMicros: budgetInput }))
    .mutation(async ({ ctx, input }) => {
      await ctx.gate.installation()
      return await createCompany(ctx.services.database.sql, ctx.by, input)
    }),
  /**
   * Only owners may archive. The status `paused` or `archived` is stored when this returns; runs are cancelled in the
   * background, with `cancellingRuns` set until all are. After a pause with `runs: finish`, running runs finish and queued
   * ones wait.
   */
  update: procedure
    .input(
      z.strictObject({
        companyId: uuid,
        name: nameInput.optional(),
        status: z.enum(companyStatuses).optional(),
        runs: z.enum(pauseRuns).optional(),
        budgetMonthlyMicros: budgetInput,
        maxConcurrentRuns: z.number().int().min(1).max(100_000).nullish(),
        /** Replaces the stored retention. Kinds that it does not name are kept for ever; null keeps everything. */
        retention: retentionSchema.nullish(),
      }),
    )
    .mutation(async ({ ctx, input: { companyId, ...change } }) => {
      const company = await ctx.gate.company(companyId)
      const role = await ctx.gate.role(company)
      if (change.status === 'archived' && role !== 'owner') {
        throw new ApiError('forbidden', 'Only an owner can archive a company.')
      }
      if (change.runs && change.status !== 'paused') {
        throw new ApiError('invalid_input', 'runs: is only allowed with the status paused', 'runs')
      }
      const updated = await updateCompany(ctx.services.database.sql, ctx.by, company, change)
      ctx.services.notifier.notify('runs', 'cancels', 'live')
      return { ...updated, ...rightsOf(role) }
    }),
  /** Creates an example company with agents that run. */
  createExample: procedure.mutation(async ({ ctx }) => {
    await ctx.gate.installation()
    const { database, access, notifier } = ctx.services
    const company = await createExample(database.sql, ctx.by, access.secretKey)
    notifier.notify('runs', 'live')
    return company
  }),
  /** Stops and removes an example company with all it owns. Error: `illegal_status` for any other company. */
  removeExample: procedure.input(z.strictObject({ companyId: uuid })).mutation(async ({ ctx, input }) => {
    const companyId = await ctx.gate.company(input.companyId)
    const { database, notifier } = ctx.services
    const stopRuns = () => notifier.notify('runs', 'cancels', 'live')
    return await removeExample({ sql: database.sql, stopRuns }, ctx.by, companyId)
  }),
})

function rightsOf(role: Role | null) {
  return { role, may: role === null ? [] : allowedTo(role) }
}
