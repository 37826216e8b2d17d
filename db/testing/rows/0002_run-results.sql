insert into run_results (run_id, body) values ('d0000000-0000-4000-8000-000000000001', '{"status":"succeeded","summary":"done"}');
