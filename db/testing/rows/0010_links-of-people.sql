insert into sign_in_links (token_hash, person_id, expires_at) values
  ('hash of a link', '90000000-0000-4000-8000-000000000002', now() + interval '1 day');
update sessions set by_link = true;
