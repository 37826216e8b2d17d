import type { RawSql } from '@/db/client'

/**
 * A company with this many agents and this many ended runs, spread over two weeks with a tenth of them failed, and one
 * charge for every fourth run; a few agents run, some fail. Answers its id.
 */
export async function seedCompany(sql: RawSql, { agents, runs }: { agents: number; runs: number }): Promise<string> {
  const [{ id: companyId }] = await sql<[{ id: string }]>`
    insert into companies (name, budget_monthly_micros) values ('A large company', 5000000000) returning id`
  await sql`
    insert into agents (company_id, name, status, adapter_type, adapter_config, runtime_config, last_heartbeat_at,
      failures_in_a_row, budget_monthly_micros)
    select ${companyId}, 'Agent ' || n, case when n % 100 = 0 then 'error' when n % 50 = 1 then 'paused' else 'idle' end,
      'process', '{"command": "true"}', '{}', now() - n * interval '20 seconds', case when n % 100 = 0 then n % 7 + 1 else 0 end,
      case when n % 10 = 0 then 1000000 end
    from generate_series(1, ${agents}) n`
  await sql`insert into agent_runtime_state (agent_id, company_id) select id, company_id from agents where company_id = ${companyId}`
  const step = 25_000
  for (let from = 0; from < runs; from += step) await seedRuns(sql, companyId, from, Math.min(step, runs - from))
  await sql`
    insert into cost_events (company_id, agent_id, run_id, provider, model, input_tokens, output_tokens,
      cached_input_tokens, cost_micros, pricing, idempotency_key, occurred_at)
    select company_id, agent_id, id, 'acme', 'model-' || (random() * 3)::int, 1000, 100, 0, (random() * 9000)::int,
      'reported', 'result', finished_at
    from heartbeat_runs where company_id = ${companyId} and random() < 0.25`
  await sql`
    insert into agent_spend (agent_id, month, cost_micros)
    select agent_id, date_trunc('month', occurred_at at time zone 'utc')::date, sum(cost_micros) from cost_events
    where company_id = ${companyId} group by 1, 2`
  await sql`
    insert into company_spend (company_id, month, cost_micros)
    select company_id, date_trunc('month', occurred_at at time zone 'utc')::date, sum(cost_micros) from cost_events
    where company_id = ${companyId} group by 1, 2`
  await sql`analyze`
  return companyId
}

function seedRuns(sql: RawSql, companyId: string, from: number, count: number) {
  return sql`
    with a as (select array_agg(id) as ids from agents where company_id = ${companyId}), s as (
      select a.ids[1 + (n % cardinality(a.ids))] as agent_id, random() as luck, exp(random() * 6)::float8 as seconds,
        now() - interval '5 minutes' - random() * interval '14 days' as at
      from a, generate_series(${from + 1}::int, ${from + count}::int) n
    )
    insert into heartbeat_runs (company_id, agent_id, status, invocation_source, trigger_detail, context_snapshot,
      queue_position, created_at, started_at, finished_at, error, error_code, log_bytes)
    select ${companyId}, agent_id,
      case when luck < 0.08 then 'failed' when luck < 0.1 then 'timed_out' when luck < 0.12 then 'cancelled' else 'succeeded' end,
      'timer', 'system', '{}', at, at, at, at + least(seconds, 240) * interval '1 second',
      case when luck < 0.08 then 'It exited with code 1.' end, case when luck < 0.08 then 'nonzero_exit' end, 1000
    from s`
}
