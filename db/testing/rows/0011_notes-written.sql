update heartbeat_runs set notes_written = 1 where status = 'failed';
