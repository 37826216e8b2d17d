import type { Tx } from '@/db/client'
import { formatMicros } from '@/server/domain/money'
import type { NewRunEvent } from '@/server/domain/run-event'
import { storable } from '@/server/domain/storable'
import { thisMonth } from './budget'

/** A charge in micro-dollars; `inputTokens` do not include cached ones. */
export type Charge = {
  runId: string
  agentId: string
  companyId: string
  provider: string
  model: string
  inputTokens: number
  outputTokens: number
  cachedInputTokens: number
  costMicros: number | null
  pricing: 'reported' | 'estimated' | 'unpriced'
  idempotencyKey: string
}

export type Booking = {
  agentId: string
  /** Budget warnings that these charges cause. */
  events: NewRunEvent[]
  isExceeded: boolean
  /** False when every charge of this agent was booked before. */
  isBooked: boolean
}

type Level = { agentId: string; scope: 'agent' | 'company'; budget: number | null; before: number; after: number }

const warnAt = 0.8

/**
 * Books charges of runs whose agents are locked, each once per run and key, and adds them to the totals and the month's
 * spend. `charges` contain at most one run per agent.
 */
export async function book(tx: Tx, charges: Charge[]): Promise<Booking[]> {
  if (charges.length === 0) return []
  const given = storable(charges.map(snakeKeys))
  const levels = await tx<Level[]>`
    with booked as (
      insert into cost_events (run_id, agent_id, company_id, provider, model, input_tokens, output_tokens,
        cached_input_tokens, cost_micros, pricing, idempotency_key)
      select run_id, agent_id, company_id, provider, model, input_tokens, output_tokens, cached_input_tokens,
        cost_micros, pricing, idempotency_key
      from jsonb_to_recordset(${JSON.stringify(given)}::text::jsonb) as given(run_id uuid, agent_id uuid, company_id uuid,
        provider text, model text, input_tokens bigint, output_tokens bigint, cached_input_tokens bigint,
        cost_micros bigint, pricing text, idempotency_key text)
      on conflict (run_id, idempotency_key) do nothing
      returning *
    ), by_agent as (
      select agent_id, company_id, sum(input_tokens) as input, sum(output_tokens) as output,
        sum(cached_input_tokens) as cached, coalesce(sum(cost_micros), 0) as cost
      from booked group by agent_id, company_id
    ), by_company as (
      select company_id, sum(cost)::bigint as cost from by_agent group by company_id order by company_id
    ), totals as (
      update agent_runtime_state s set total_input_tokens = total_input_tokens + input,
        total_output_tokens = total_output_tokens + output,
        total_cached_input_tokens = total_cached_input_tokens + cached, total_cost_micros = total_cost_micros + cost
      from by_agent where s.agent_id = by_agent.agent_id
    ), agent_month as (
      insert into agent_spend (agent_id, month, cost_micros) select agent_id, ${thisMonth(tx)}, cost from by_agent
      on conflict (agent_id, month) do update set cost_micros = agent_spend.cost_micros + excluded.cost_micros
      returning agent_id, cost_micros
    ), company_month as (
      insert into company_spend (company_id, month, cost_micros) select company_id, ${thisMonth(tx)}, cost from by_company
      on conflict (company_id, month) do update set cost_micros = company_spend.cost_micros + excluded.cost_micros
      returning company_id, cost_micros
    )
    select a.id as agent_id, 'agent' as scope, a.budget_monthly_micros as budget,
      (m.cost_micros - b.cost)::float8 as before, m.cost_micros::float8 as after
    from by_agent b join agents a on a.id = b.agent_id join agent_month m on m.agent_id = b.agent_id
    union all
    select b.agent_id, 'company', c.budget_monthly_micros, (m.cost_micros - bc.cost)::float8, m.cost_micros::float8
    from by_agent b join companies c on c.id = b.company_id join company_month m on m.company_id = b.company_id
      join by_company bc on bc.company_id = b.company_id`
  return charges.map((charge) => bookingOf(charge, levels))
}

function bookingOf(charge: Charge, levels: Level[]): Booking {
  const ofAgent = levels.filter((level) => level.agentId === charge.agentId)
  return {
    agentId: charge.agentId,
    events: ofAgent.flatMap(warningOf),
    isBooked: ofAgent.length > 0,
    isExceeded: ofAgent.some((level) => level.budget !== null && level.after >= level.budget),
  }
}

function warningOf({ scope, budget, before, after }: Level): NewRunEvent[] {
  if (budget === null || after <= before) return []
  const crossed = (share: number) => before < budget * share && after >= budget * share
  if (!crossed(1) && !crossed(warnAt)) return []
  const message = crossed(1)
    ? `The ${scope}'s budget of ${formatMicros(budget)} for this month is spent (${formatMicros(after)}).`
    : `${Math.floor((after / budget) * 100)} % of the ${scope}'s budget of ${formatMicros(budget)} for this month is spent.`
  return [
    {
      eventType: 'warning',
      level: 'warn',
      message,
      payload: { budget: scope, budgetMicros: budget, spentMicros: after },
    },
  ]
}

function snakeKeys(charge: Charge) {
  return Object.fromEntries(
    Object.entries(charge).map(([key, value]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  )
}
