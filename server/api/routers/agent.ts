import { z } from 'zod'
import { listRevisions } from '@/server/agents/history'
import { createKey, listKeys, revokeKey } from '@/server/agents/keys'
import { listAgents, sortCursorInput } from '@/server/agents/list'
import { type Agent, getAgent, getRuntimeState } from '@/server/agents/queries'
import { recentOutcomes } from '@/server/agents/recent-outcomes'
import { pauseAgent, resetSession, resumeAgent, terminateAgent } from '@/server/agents/status'
import { createAgent, updateAgent } from '@/server/agents/write'
import { procedure, router } from '@/server/api/trpc/init'
import { agentSorts, agentStatuses, pauseRuns } from '@/server/domain/agent-status'
import { type CompanyId, uuid } from '@/server/domain/ids'
import { directionInput, limitInput, optionalLimitInput, pageInput } from '@/server/domain/page'
import type { Gate } from '@/server/identity/access/gate'
import { maskConfig } from '@/server/secrets/references'
import { budgetInput, nameInput, reasonInput } from './inputs'

const whichAgent = z.strictObject({ agentId: uuid })
const configInput = z.record(z.string(), z.unknown())
const listInput = z.strictObject({
  companyId: uuid,
  /** A part of the name, or a whole id. */
  text: z.string().max(200).optional(),
  status: z.enum(agentStatuses).optional(),
  adapterType: z.string().max(100).optional(),
  sort: z.enum(agentSorts).default('created'),
  descending: z.boolean().default(true),
  limit: limitInput,
  cursor: sortCursorInput.nullish(),
  direction: directionInput,
})

const unchanged = z.unknown().optional()
/** Fields of `agent.get` that no update changes: accepted, so that a whole answer may be sent back. */
const readOnlyFields = {
  id: unchanged,
  companyId: unchanged,
  status: unchanged,
  statusReason: unchanged,
  lastHeartbeatAt: unchanged,
  nextHeartbeatAt: unchanged,
  timerEnded: unchanged,
  failuresInARow: unchanged,
  spentMonthlyMicros: unchanged,
  createdAt: unchanged,
  updatedAt: unchanged,
} satisfies Partial<Record<keyof Agent, z.ZodType>>

export const agentRouter = router({
  /** Newest first, unless sorted otherwise. */
  list: procedure.input(listInput).query(async ({ ctx, input }) => {
    const companyId = await ctx.gate.company(input.companyId)
    const page = await listAgents(ctx.services.database.sql, { ...input, companyId })
    return { ...page, items: await maskForViewers(ctx.gate, companyId, page.items) }
  }),
  /** The last runs of agents, oldest first. */
  outcomes: procedure
    .input(
      z.strictObject({
        companyId: uuid,
        agentIds: z.array(uuid).max(200),
        perAgent: z.number().int().min(1).max(50).default(12),
      }),
    )
    .query(async ({ ctx, input }) => {
      const companyId = await ctx.gate.company(input.companyId)
      return await recentOutcomes(ctx.services.database.sql, { ...input, companyId })
    }),
  get: procedure.input(whichAgent).query(async ({ ctx, input }) => {
    const { agentId, companyId } = await ctx.gate.agent(input.agentId)
    const agent = await getAgent(ctx.services.database.sql, agentId)
    const [masked = agent] = await maskForViewers(ctx.gate, companyId, [agent])
    return masked
  }),
  create: procedure
    .input(
      z.strictObject({
        companyId: uuid,
        name: nameInput,
        adapterType: z.string().max(100),
        adapterConfig: configInput,
        runtimeConfig: z.unknown().optional(),
        budgetMonthlyMicros: budgetInput,
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const companyId = await ctx.gate.company(input.companyId)
      const agent = await createAgent(ctx.services.database.sql, ctx.by, ctx.services.access.secretKey, {
        ...input,
        companyId,
      })
      ctx.services.notifier.notify('live')
      return agent
    }),
  update: procedure
    .input(
      whichAgent.extend({
        ...readOnlyFields,
        name: nameInput.optional(),
        adapterType: z.string().max(100).optional(),
        adapterConfig: configInput.optional(),
        runtimeConfig: z.unknown().optional(),
        budgetMonthlyMicros: budgetInput,
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const { agentId } = await ctx.gate.agent(input.agentId)
      const { name, adapterType, adapterConfig, runtimeConfig, budgetMonthlyMicros } = input
      const change = { name, adapterType, adapterConfig, runtimeConfig, budgetMonthlyMicros }
      const agent = await updateAgent(ctx.services.database.sql, ctx.by, ctx.services.access.secretKey, agentId, change)
      ctx.services.notifier.notify('runs', 'live')
      return agent
    }),
  /** `runs`: `cancel` (default) cancels its runs; `finish` lets running ones finish, and queued ones wait for the resume. */
  pause: procedure
    .input(whichAgent.extend({ reason: reasonInput, runs: z.enum(pauseRuns).optional() }))
    .mutation(async ({ ctx, input }) => {
      const { agentId } = await ctx.gate.agent(input.agentId)
      const agent = await pauseAgent(ctx.services.database.sql, ctx.by, agentId, input)
      ctx.services.notifier.notify('cancels', 'live')
      return agent
    }),
  resume: procedure.input(whichAgent.extend({ reason: reasonInput })).mutation(async ({ ctx, input }) => {
    const { agentId } = await ctx.gate.agent(input.agentId)
    const agent = await resumeAgent(ctx.services.database.sql, ctx.by, agentId)
    ctx.services.notifier.notify('runs', 'live')
    return agent
  }),
  terminate: procedure.input(whichAgent.extend({ reason: reasonInput })).mutation(async ({ ctx, input }) => {
    const { agentId } = await ctx.gate.agent(input.agentId)
    const agent = await terminateAgent(ctx.services.database.sql, ctx.by, agentId, input.reason)
    ctx.services.notifier.notify('cancels', 'live')
    return agent
  }),
  runtimeState: procedure.input(whichAgent).query(async ({ ctx, input }) => {
    const { agentId } = await ctx.gate.agent(input.agentId)
    return await getRuntimeState(ctx.services.database.sql, agentId)
  }),
  /** Returns the runtime state without a session. A run that is running now does not restore it. */
  resetSession: procedure.input(whichAgent.extend({ reason: reasonInput })).mutation(async ({ ctx, input }) => {
    const { agentId } = await ctx.gate.agent(input.agentId)
    await resetSession(ctx.services.database.sql, ctx.by, agentId)
    return await getRuntimeState(ctx.services.database.sql, agentId)
  }),
  /** Revisions of the configuration, newest first. */
  history: procedure
    .input(
      whichAgent.extend({ cursor: z.number().int().min(1).nullish(), direction: directionInput, limit: limitInput }),
    )
    .query(async ({ ctx, input }) => {
      const { agentId, companyId } = await ctx.gate.agent(input.agentId)
      const page = await listRevisions(ctx.services.database.sql, { ...input, agentId })
      return { ...page, items: await maskForViewers(ctx.gate, companyId, page.items) }
    }),
  keys: procedure
    .input(whichAgent.extend({ ...pageInput, limit: optionalLimitInput }))
    .query(async ({ ctx, input }) => {
      return await listKeys(ctx.services.database.sql, await ctx.gate.agent(input.agentId), input)
    }),
  createKey: procedure.input(whichAgent.extend({ name: nameInput })).mutation(async ({ ctx, input }) => {
    const owner = await ctx.gate.agent(input.agentId)
    return await createKey(ctx.services.database.sql, ctx.by, owner, input.name)
  }),
  revokeKey: procedure.input(whichAgent.extend({ keyId: uuid })).mutation(async ({ ctx, input }) => {
    const owner = await ctx.gate.agent(input.agentId)
    return await revokeKey(ctx.services.database.sql, ctx.by, owner, input.keyId)
  }),
})

/** Masks the values of `env` and headers for viewers. */
async function maskForViewers<T extends Pick<Agent, 'adapterConfig'>>(
  gate: Gate,
  companyId: CompanyId,
  agents: T[],
): Promise<T[]> {
  if ((await gate.role(companyId)) !== 'viewer') return agents
  return agents.map((agent) => ({ ...agent, adapterConfig: maskConfig(agent.adapterConfig) }))
}
