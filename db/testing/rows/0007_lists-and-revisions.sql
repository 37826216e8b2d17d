insert into agent_revisions (company_id, agent_id, number, actor_type, name, adapter_type, adapter_config, runtime_config)
  select company_id, id, 2, 'user', name, adapter_type, adapter_config, runtime_config from agents where name = 'Echo';
