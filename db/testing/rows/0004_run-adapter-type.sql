update heartbeat_runs set adapter_type = 'process' where status = 'failed';
