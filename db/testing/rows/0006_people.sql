update people set email = 'owner@example.com';
insert into people (id, name, email) values ('90000000-0000-4000-8000-000000000002', 'Ada', 'ada@example.com');
insert into memberships (company_id, person_id, role) values
  ('c0000000-0000-4000-8000-000000000001', '90000000-0000-4000-8000-000000000002', 'viewer');
insert into passwords (person_id, hash) values ('90000000-0000-4000-8000-000000000002', 'a hash of old');
insert into invitations (company_id, email, role, token_hash, expires_at) values
  ('c0000000-0000-4000-8000-000000000001', 'grace@example.com', 'operator', 'hash of an invitation', now() + interval '7 days');
insert into personal_tokens (person_id, name, prefix, token_hash, company_id, role) values
  ('90000000-0000-4000-8000-000000000002', 'laptop', 'rvp_old', 'hash of a token', 'c0000000-0000-4000-8000-000000000001', 'viewer');
insert into sign_in_attempts (key, count, since) values ('127.0.0.1', 2, now());
