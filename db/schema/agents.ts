import { sql } from 'drizzle-orm'
import { bigint, check, date, index, integer, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { type AgentStatus, agentStatuses } from '@/server/domain/agent-status'
import type { JsonObject } from '@/server/domain/json'
import type { RuntimeConfig } from '@/server/domain/policy'
import type { RunStatus } from '@/server/domain/run-status'
import { type ActorType, actorTypes } from '@/server/domain/wakeup-status'
import { oneOf } from './check-list'
import { createdAt, id, instant, jsonb, updatedAt } from './columns'
import { companies } from './companies'

const companyId = () =>
  uuid('company_id')
    .notNull()
    .references(() => companies.id, { onDelete: 'cascade' })
const agentId = () =>
  uuid('agent_id')
    .notNull()
    .references(() => agents.id, { onDelete: 'cascade' })

/** The lock of this row serialises all changes to the agent's runs. */
export const agents = pgTable(
  'agents',
  {
    id: id(),
    companyId: companyId(),
    name: text('name').notNull(),
    status: text('status').$type<AgentStatus>().notNull().default('idle'),
    statusReason: text('status_reason'),
    adapterType: text('adapter_type').notNull(),
    adapterConfig: jsonb('adapter_config').$type<JsonObject>().notNull(),
    runtimeConfig: jsonb('runtime_config').$type<RuntimeConfig>().notNull(),
    maxConcurrentRuns: integer('max_concurrent_runs')
      .notNull()
      .generatedAlwaysAs(sql`coalesce((runtime_config #>> '{heartbeat,maxConcurrentRuns}')::integer, 1)`),
    budgetMonthlyMicros: bigint('budget_monthly_micros', { mode: 'number' }),
    lastHeartbeatAt: instant('last_heartbeat_at'),
    nextHeartbeatAt: instant('next_heartbeat_at'),
    /** The cooldown starts at this time. */
    lastRunFinishedAt: instant('last_run_finished_at'),
    failuresInARow: integer('failures_in_a_row').notNull().default(0),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    check('agents_status', oneOf(t.status, agentStatuses)),
    check('agents_name', sql`length(${t.name}) between 1 and 200`),
    check('agents_budget', sql`${t.budgetMonthlyMicros} >= 0`),
    index('agents_company').on(t.companyId, t.createdAt, t.id),
    index('agents_due').on(t.nextHeartbeatAt, t.id).where(sql`${t.status} in ('idle', 'running', 'error')`),
  ],
)

/** The history of an agent's configuration, with the actors: one row per change, never edited. */
export const agentRevisions = pgTable(
  'agent_revisions',
  {
    id: id(),
    companyId: companyId(),
    agentId: agentId(),
    /** From 1 per agent. */
    number: integer('number').notNull(),
    actorType: text('actor_type').$type<ActorType>().notNull(),
    actorId: text('actor_id'),
    createdAt: createdAt(),
    name: text('name').notNull(),
    adapterType: text('adapter_type').notNull(),
    adapterConfig: jsonb('adapter_config').$type<JsonObject>().notNull(),
    runtimeConfig: jsonb('runtime_config').$type<RuntimeConfig>().notNull(),
    budgetMonthlyMicros: bigint('budget_monthly_micros', { mode: 'number' }),
  },
  (t) => [
    unique('agent_revisions_number').on(t.agentId, t.number),
    check('agent_revisions_actor', oneOf(t.actorType, actorTypes)),
  ],
)

/** A cache of `cost_events` by UTC month. */
export const agentSpend = pgTable(
  'agent_spend',
  {
    agentId: agentId(),
    month: date('month', { mode: 'string' }).notNull(),
    costMicros: bigint('cost_micros', { mode: 'number' }).notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.agentId, t.month] })],
)

/** The state of an agent between runs. The totals are a cache of `cost_events`. */
export const agentRuntimeState = pgTable('agent_runtime_state', {
  agentId: uuid('agent_id')
    .primaryKey()
    .references(() => agents.id, { onDelete: 'cascade' }),
  companyId: companyId(),
  sessionId: text('session_id'),
  /** Incremented with every reset: a run that started before a reset does not change the session. */
  sessionVersion: integer('session_version').notNull().default(0),
  lastRunId: uuid('last_run_id'),
  lastRunStatus: text('last_run_status').$type<RunStatus>(),
  lastError: text('last_error'),
  totalInputTokens: bigint('total_input_tokens', { mode: 'number' }).notNull().default(0),
  totalOutputTokens: bigint('total_output_tokens', { mode: 'number' }).notNull().default(0),
  totalCachedInputTokens: bigint('total_cached_input_tokens', { mode: 'number' }).notNull().default(0),
  totalCostMicros: bigint('total_cost_micros', { mode: 'number' }).notNull().default(0),
  updatedAt: updatedAt(),
})

export const agentApiKeys = pgTable(
  'agent_api_keys',
  {
    id: id(),
    companyId: companyId(),
    agentId: agentId(),
    name: text('name').notNull(),
    prefix: text('prefix').notNull(),
    tokenHash: text('token_hash').notNull().unique(),
    createdAt: createdAt(),
    lastUsedAt: instant('last_used_at'),
    revokedAt: instant('revoked_at'),
  },
  (t) => [index('agent_api_keys_agent').on(t.agentId, t.createdAt)],
)
