insert into agent_wakeup_requests (company_id, agent_id, source, trigger_detail, status, skip_reason, wake_depth,
    requested_by_actor_type, requested_by_actor_id, finished_at) values
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001', 'automation', 'callback', 'skipped',
    'wakeup.too_deep', 11, 'agent', 'a0000000-0000-4000-8000-000000000002', now());
insert into activity_log (company_id, actor_type, actor_id, action, subject_type, subject_id, address, user_agent, via) values
  (null, 'user', '90000000-0000-4000-8000-000000000001', 'wakeup.create', 'agent', 'a0000000-0000-4000-8000-000000000001',
    '127.0.0.1', 'curl/8', 'session');
