import type { RawSql } from '@/db/client'
import type { CompanyId } from '@/server/domain/ids'
import { company } from './engine'

/** A company with so many agents, each with a queued run. */
export async function queuedCompany(sql: RawSql, agents: number): Promise<CompanyId> {
  const companyId = await company(sql)
  await sql`
    with a as (
      insert into agents (company_id, name, adapter_type, adapter_config, runtime_config, created_at)
      select ${companyId}, 'Agent ' || g, 'process', '{"command":"true"}', '{}', now() + g * interval '1 ms'
      from generate_series(1, ${agents}) g returning *
    ), s as (
      insert into agent_runtime_state (agent_id, company_id) select id, company_id from a
    ), w as (
      insert into agent_wakeup_requests (company_id, agent_id, source, trigger_detail, status, run_id, requested_by_actor_type)
      select company_id, id, 'on_demand', 'manual', 'queued', gen_random_uuid(), 'system' from a returning *
    )
    insert into heartbeat_runs (id, company_id, agent_id, invocation_source, trigger_detail, wakeup_request_id,
      context_snapshot, queue_position)
    select run_id, company_id, agent_id, source, trigger_detail, id, '{}', now() from w`

  return companyId
}
