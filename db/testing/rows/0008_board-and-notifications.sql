insert into notification_rules (company_id, kind, threshold, to_browser, to_webhook) values
  ('c0000000-0000-4000-8000-000000000001', 'agent_failing', 5, true, false);
insert into notifications (company_id, kind, dedupe_key, title, message, agent_id, run_id, to_browser) values
  ('c0000000-0000-4000-8000-000000000001', 'run_failed', 'run:d2', 'Echo failed', 'The program ended with code 3.',
    'a0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-000000000002', true);
insert into notification_reads (company_id, reader, read_until) values
  ('c0000000-0000-4000-8000-000000000001', '90000000-0000-4000-8000-000000000001', now() - interval '1 hour');
insert into run_stats_hourly (company_id, hour, status, bucket, runs) values
  ('c0000000-0000-4000-8000-000000000001', date_trunc('hour', now() - interval '3 days'), 'succeeded', 0, 1);
