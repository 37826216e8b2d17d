insert into servers (id, role, host, machine, pid, data_dir, store_id, max_runs, lease_expires_at, ended_at) values
  ('50000000-0000-4000-8000-000000000003', 'runner', 'old-host', 'old-machine', 301, '/var/lib/reveille-of-old', 'a-store-of-old', 10,
    now() - interval '1 day', now() - interval '1 day');
