update companies set retention = '{"events":{"days":3650,"bytes":null}}' where name = 'Acme';
insert into retention_progress (company_id, kind, place_at, place_id, removed_items) values
  ('c0000000-0000-4000-8000-000000000001', 'events', now() - interval '20 years', 'd0000000-0000-4000-8000-000000000001', 3);
