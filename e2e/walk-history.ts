import type { RawSql } from '@/db/client'

type History = { companyId: string; runId: string; agentIds: readonly string[] }

/** Inserts a month of charges and a week of hourly run counts, which the API cannot create. The same every time. */
export async function seedHistory(sql: RawSql, { companyId, runId, agentIds }: History): Promise<void> {
  await sql`
    insert into cost_events (company_id, agent_id, run_id, provider, model, input_tokens, output_tokens,
      cached_input_tokens, cost_micros, pricing, idempotency_key, occurred_at)
    select ${companyId}, a.id, ${runId}, m.provider, m.model, 20000 * (1 + (day * 7 + n) % 9), 900 * (1 + day % 5),
      15000 * (day % 4), case m.pricing when 'unpriced' then null else 90000 * (1 + (day * 5 + n * 3) % 11) end,
      m.pricing, 'past ' || day || ' ' || a.n || ' ' || m.model, now() - day * interval '1 day'
    from unnest(${[...agentIds]}::uuid[]) with ordinality a (id, n), generate_series(0, 40) day,
      (values ('anthropic', 'claude-sonnet-4-5', 'reported', 0), ('openai', 'gpt-5-codex', 'estimated', 1),
        ('in-house', 'a-model-with-a-name-as-long-as-it-takes-to-say-what-it-was-made-for', 'unpriced', 6))
        m (provider, model, pricing, every)
    where m.every = 0 or day % (m.every + 1) = 0`
  await sql`
    insert into agent_spend (agent_id, month, cost_micros)
    select agent_id, date_trunc('month', occurred_at at time zone 'utc')::date, sum(cost_micros) from cost_events
    where company_id = ${companyId} and cost_micros is not null group by 1, 2`
  await sql`
    insert into company_spend (company_id, month, cost_micros)
    select company_id, date_trunc('month', occurred_at at time zone 'utc')::date, sum(cost_micros) from cost_events
    where company_id = ${companyId} and cost_micros is not null group by 1, 2`
  await sql`
    insert into run_stats_hourly (company_id, hour, status, bucket, runs)
    select ${companyId}, date_trunc('hour', now()) - back * interval '1 hour', s.status, 90 + back % 40,
      1 + (back * s.step) % s.most
    from generate_series(1, 167) back,
      (values ('succeeded', 7, 46), ('failed', 3, 5), ('cancelled', 5, 3), ('timed_out', 11, 4)) s (status, step, most)
    where s.status = 'succeeded' or back % s.step = 0
    on conflict do nothing`
}
