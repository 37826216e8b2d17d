-- As the first release left them, after a crash: one run that waits, one whose server is gone, and finished ones.
insert into installation (secret_key_mark) values ('dce555ecd5f58864470a454d2aa81f9fb19c3c8d58e9039beaa6eafa08510179');
insert into people (id, name, installation_owner) values ('90000000-0000-4000-8000-000000000001', 'Owner', true);
insert into sign_in_links (token_hash, expires_at, used_at) values ('used', now() - interval '29 days', now() - interval '30 days');
insert into sessions (token_hash, person_id, expires_at) values ('of the first', '90000000-0000-4000-8000-000000000001', now() + interval '1 day');
insert into companies (id, name, status, budget_monthly_micros, max_concurrent_runs) values
  ('c0000000-0000-4000-8000-000000000001', 'Acme', 'active', 500000000, 4),
  ('c0000000-0000-4000-8000-000000000002', 'Former', 'archived', null, null);
insert into memberships (company_id, person_id, role) values
  ('c0000000-0000-4000-8000-000000000001', '90000000-0000-4000-8000-000000000001', 'owner');
insert into agents (id, company_id, name, status, adapter_type, adapter_config, runtime_config, next_heartbeat_at) values
  ('a0000000-0000-4000-8000-000000000001', 'c0000000-0000-4000-8000-000000000001', 'Echo', 'idle', 'process',
    '{"command":"echo","args":["hello"],"env":{},"timeoutSec":900,"graceSec":15}', '{"heartbeat":{"enabled":true}}', null),
  ('a0000000-0000-4000-8000-000000000002', 'c0000000-0000-4000-8000-000000000001', 'Waiting', 'idle', 'process',
    '{"command":"echo","args":["from the queue"]}', '{}', null),
  ('a0000000-0000-4000-8000-000000000003', 'c0000000-0000-4000-8000-000000000001', 'Lost', 'running', 'process',
    '{"command":"echo","args":["again"]}', '{"heartbeat":{"retryOnRunnerLost":1}}', null),
  ('a0000000-0000-4000-8000-000000000004', 'c0000000-0000-4000-8000-000000000001', 'Paused', 'paused', 'process',
    '{"command":"true"}', '{"heartbeat":{"intervalSec":60}}', null),
  ('a0000000-0000-4000-8000-000000000005', 'c0000000-0000-4000-8000-000000000001', 'Nightly', 'idle', 'process',
    '{"command":"true"}', '{"heartbeat":{"cron":"0 3 * * *","timezone":"Europe/Berlin","whenRunning":"coalesce"}}', now() + interval '1 day');
insert into agent_runtime_state (agent_id, company_id, session_id, total_input_tokens, total_cost_micros)
  select id, company_id, 'session-of-old', 100, 1500 from agents;
insert into agent_api_keys (company_id, agent_id, name, prefix, token_hash) values
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001', 'ci', 'rva_old', 'hash of a key');
insert into servers (id, role, host, machine, pid, data_dir, runner_pid, url, max_runs, started_at, renewed_at, lease_expires_at, ended_at) values
  ('50000000-0000-4000-8000-000000000001', 'all', 'old-host', 'old-machine', 101, '/var/lib/reveille-of-old', 102,
    'http://127.0.0.1:1', 10, now() - interval '3 days', now() - interval '2 days', now() - interval '2 days', now() - interval '2 days'),
  ('50000000-0000-4000-8000-000000000002', 'all', 'old-host', 'old-machine', 201, '/var/lib/reveille-of-old', 202,
    'http://127.0.0.1:1', 10, now() - interval '2 days', now() - interval '1 hour', now() - interval '1 hour', null);
insert into heartbeat_runs (id, company_id, agent_id, status, invocation_source, trigger_detail, context_snapshot, queue_position,
    server_id, slot, started_at, finished_at, error, error_code, exit_code, process_pid, session_id_after, usage_json, result_json,
    log_ref, log_bytes, log_sha256, log_truncated_bytes, stdout_excerpt, last_event_seq) values
  ('d0000000-0000-4000-8000-000000000001', 'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001',
    'succeeded', 'on_demand', 'manual', '{"ticket":7,"wakeups":[]}', now() - interval '3 days', '50000000-0000-4000-8000-000000000001',
    null, now() - interval '3 days', now() - interval '3 days', null, null, 0, 4242, 'session-of-old', '{"inputTokens":100}',
    '{"summary":"done","result":{"ok":true}}', 'd0000000-0000-4000-8000-000000000001', 10,
    'a1b70eb597222e9bbd09c17f5b0bf5d1f4406360dbf0ec407a9e4263bca5b354', 0, 'old words', 3),
  ('d0000000-0000-4000-8000-000000000002', 'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001',
    'failed', 'timer', 'system', '{"wakeups":[]}', now() - interval '2 days', '50000000-0000-4000-8000-000000000001',
    null, now() - interval '2 days', now() - interval '2 days', 'The program ended with code 3.', 'nonzero_exit', 3, 4243, null, null,
    null, null, 0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 0, '', 3),
  ('d0000000-0000-4000-8000-000000000003', 'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000002',
    'queued', 'on_demand', 'manual', '{"wakeups":[]}', now() - interval '1 hour', null, null, null, null, null, null, null, null, null,
    null, null, null, null, null, null, null, 1),
  ('d0000000-0000-4000-8000-000000000004', 'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000003',
    'running', 'on_demand', 'ping', '{"wakeups":[]}', now() - interval '2 hours', '50000000-0000-4000-8000-000000000002', 0,
    now() - interval '2 hours', null, null, null, null, null, null, null, null, null, null, null, null, null, 2);
insert into heartbeat_run_events (run_id, seq, company_id, event_type, level, message, payload)
  select id, seq, company_id, 'lifecycle', 'info', 'Told by the first release.', '{"status":"running"}'
  from heartbeat_runs, generate_series(1, last_event_seq) as seq;
insert into agent_wakeup_requests (id, company_id, agent_id, source, trigger_detail, reason, payload, status, skip_reason, run_id,
    idempotency_key, requested_by_actor_type, requested_by_actor_id, claimed_at, finished_at) values
  ('e0000000-0000-4000-8000-000000000001', 'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001',
    'on_demand', 'manual', 'the first', '{"ticket":7}', 'completed', null, 'd0000000-0000-4000-8000-000000000001', 'ticket-7',
    'user', '90000000-0000-4000-8000-000000000001', now(), now()),
  ('e0000000-0000-4000-8000-000000000002', 'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001',
    'timer', 'system', null, null, 'coalesced', null, 'd0000000-0000-4000-8000-000000000001', null, 'system', null, null, now()),
  ('e0000000-0000-4000-8000-000000000003', 'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000002',
    'on_demand', 'manual', 'waits', null, 'queued', null, 'd0000000-0000-4000-8000-000000000003', null, 'user', null, null, null),
  ('e0000000-0000-4000-8000-000000000004', 'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000003',
    'on_demand', 'ping', 'was running', null, 'claimed', null, 'd0000000-0000-4000-8000-000000000004', null, 'user', null, now(), null),
  ('e0000000-0000-4000-8000-000000000005', 'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000004',
    'assignment', 'system', null, null, 'skipped', 'agent.paused', null, null, 'system', null, null, now());
update heartbeat_runs r set wakeup_request_id = w.id from agent_wakeup_requests w
  where w.run_id = r.id and w.status in ('completed', 'queued', 'claimed');
insert into cost_events (company_id, agent_id, run_id, provider, model, input_tokens, output_tokens, cached_input_tokens, cost_micros, pricing, idempotency_key)
  values ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-000000000001',
    'anthropic', 'a-model-of-old', 100, 20, 0, 1500, 'reported', 'run');
insert into agent_spend (agent_id, month, cost_micros) values ('a0000000-0000-4000-8000-000000000001', date_trunc('month', now()), 1500);
insert into company_spend (company_id, month, cost_micros) values ('c0000000-0000-4000-8000-000000000001', date_trunc('month', now()), 1500);
insert into activity_log (company_id, actor_type, actor_id, action, subject_type, subject_id, details) values
  ('c0000000-0000-4000-8000-000000000001', 'user', '90000000-0000-4000-8000-000000000001', 'agent.create', 'agent',
    'a0000000-0000-4000-8000-000000000001', '{"name":"Echo"}');
insert into live_events (company_id, type, payload) values
  ('c0000000-0000-4000-8000-000000000001', 'agent.status', '{"agentId":"a0000000-0000-4000-8000-000000000001","status":"idle"}');
