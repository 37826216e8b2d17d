import { z } from 'zod'
import { procedure, router } from '@/server/api/trpc/init'
import { notFound } from '@/server/domain/errors'
import { uuid } from '@/server/domain/ids'
import { microsOfUsd } from '@/server/domain/money'
import { reportCost } from '@/server/engine/charges/report'
import { costGroups, summarizeCosts } from '@/server/insight/costs/summary'
import { createAgentRedactor } from '@/server/secrets/agent-redactor'
import { timeInput } from './inputs'

const tokens = z.number().int().min(0).max(1_000_000_000_000)
const word = z.string().trim().min(1).max(200)

export const costRouter = router({
  summary: procedure
    .input(
      z.strictObject({
        companyId: uuid,
        /** Only the charges of this agent. */
        agentId: uuid.optional(),
        since: timeInput.optional(),
        until: timeInput.optional(),
        groupBy: z.enum(costGroups),
      }),
    )
    .query(async ({ ctx, input }) => {
      const companyId = await ctx.gate.company(input.companyId)
      if (input.agentId && (await ctx.gate.agent(input.agentId)).companyId !== companyId) throw notFound('agent')
      return await summarizeCosts(ctx.services.database.sql, { ...input, companyId })
    }),
  /** `inputTokens` do not include cached ones. An idempotencyKey of a run is charged once. */
  report: procedure
    .meta({ isData: true })
    .input(
      z.strictObject({
        runId: uuid,
        provider: word,
        model: word,
        inputTokens: tokens,
        outputTokens: tokens,
        cachedInputTokens: tokens.optional(),
        costUsd: z
          .number()
          .refine((usd) => microsOfUsd(usd) !== null, 'must be an amount of dollars that one run can cost')
          .nullish(),
        idempotencyKey: word,
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const { runId, agentId } = await ctx.gate.run(input.runId)
      const { database, access } = ctx.services
      const redact = await createAgentRedactor(database.sql, access.secretKey, { agentId, runId })
      const receipt = await reportCost(database.sql, {
        ...input,
        runId,
        provider: redact(input.provider),
        model: redact(input.model),
        idempotencyKey: redact.key(input.idempotencyKey),
      })
      ctx.services.notifier.notify(...(receipt.stopped ? (['cancels', 'live'] as const) : (['live'] as const)))
      return receipt
    }),
})
