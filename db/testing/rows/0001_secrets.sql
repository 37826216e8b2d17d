insert into company_secrets (company_id, name, sealed_value) values ('c0000000-0000-4000-8000-000000000001', 'OLD_TOKEN',
  'v1.KEkt8J5YYid4OqFi.Slmnfe21Ru9lBuyk7Q1mfQ.TULLwaIIz_ORkpXGCHe-GbNSYzQvnufpjVGEeg');
update agents set adapter_config = adapter_config || '{"env":{"API_TOKEN":{"secret":"OLD_TOKEN"}}}'
  where id = 'a0000000-0000-4000-8000-000000000001';
