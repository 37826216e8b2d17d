CREATE TABLE "installation" (
	"id" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"secret_key_mark" text NOT NULL,
	CONSTRAINT "installation_one_row" CHECK ("installation"."id")
);
--> statement-breakpoint
CREATE TABLE "memberships" (
	"company_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "memberships_company_id_person_id_pk" PRIMARY KEY("company_id","person_id"),
	CONSTRAINT "memberships_role" CHECK ("memberships"."role" in ('owner', 'operator', 'viewer'))
);
--> statement-breakpoint
CREATE TABLE "people" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"email" text,
	"installation_owner" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "people_email_unique" UNIQUE("email")
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"person_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sign_in_links" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "agent_api_keys" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"company_id" uuid NOT NULL,
	"agent_id" uuid NOT NULL,
	"name" text NOT NULL,
	"prefix" text NOT NULL,
	"token_hash" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "agent_api_keys_token_hash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
CREATE TABLE "agent_runtime_state" (
	"agent_id" uuid PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"session_id" text,
	"session_version" integer DEFAULT 0 NOT NULL,
	"last_run_id" uuid,
	"last_run_status" text,
	"last_error" text,
	"total_input_tokens" bigint DEFAULT 0 NOT NULL,
	"total_output_tokens" bigint DEFAULT 0 NOT NULL,
	"total_cached_input_tokens" bigint DEFAULT 0 NOT NULL,
	"total_cost_micros" bigint DEFAULT 0 NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "agent_spend" (
	"agent_id" uuid NOT NULL,
	"month" date NOT NULL,
	"cost_micros" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "agent_spend_agent_id_month_pk" PRIMARY KEY("agent_id","month")
);
--> statement-breakpoint
CREATE TABLE "agents" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"company_id" uuid NOT NULL,
	"name" text NOT NULL,
	"status" text DEFAULT 'idle' NOT NULL,
	"status_reason" text,
	"adapter_type" text NOT NULL,
	"adapter_config" jsonb NOT NULL,
	"runtime_config" jsonb NOT NULL,
	"max_concurrent_runs" integer GENERATED ALWAYS AS (coalesce((runtime_config #>> '{heartbeat,maxConcurrentRuns}')::integer, 1)) STORED NOT NULL,
	"budget_monthly_micros" bigint,
	"last_heartbeat_at" timestamp (3) with time zone,
	"next_heartbeat_at" timestamp (3) with time zone,
	"last_run_finished_at" timestamp (3) with time zone,
	"failures_in_a_row" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "agents_status" CHECK ("agents"."status" in ('idle', 'running', 'error', 'paused', 'terminated')),
	CONSTRAINT "agents_name" CHECK (length("agents"."name") between 1 and 200),
	CONSTRAINT "agents_budget" CHECK ("agents"."budget_monthly_micros" >= 0)
);
--> statement-breakpoint
CREATE TABLE "companies" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"budget_monthly_micros" bigint,
	"max_concurrent_runs" integer,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "companies_status" CHECK ("companies"."status" in ('active', 'paused', 'archived')),
	CONSTRAINT "companies_name" CHECK (length("companies"."name") between 1 and 200),
	CONSTRAINT "companies_budget" CHECK ("companies"."budget_monthly_micros" >= 0),
	CONSTRAINT "companies_max_concurrent_runs" CHECK ("companies"."max_concurrent_runs" >= 1)
);
--> statement-breakpoint
CREATE TABLE "company_spend" (
	"company_id" uuid NOT NULL,
	"month" date NOT NULL,
	"cost_micros" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "company_spend_company_id_month_pk" PRIMARY KEY("company_id","month")
);
--> statement-breakpoint
CREATE TABLE "cost_events" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"company_id" uuid NOT NULL,
	"agent_id" uuid NOT NULL,
	"run_id" uuid NOT NULL,
	"provider" text NOT NULL,
	"model" text NOT NULL,
	"input_tokens" bigint NOT NULL,
	"output_tokens" bigint NOT NULL,
	"cached_input_tokens" bigint NOT NULL,
	"cost_micros" bigint,
	"pricing" text NOT NULL,
	"idempotency_key" text NOT NULL,
	"occurred_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "costs_once" UNIQUE("run_id","idempotency_key"),
	CONSTRAINT "costs_pricing" CHECK ("cost_events"."pricing" in ('reported', 'estimated', 'unpriced')),
	CONSTRAINT "costs_unpriced" CHECK (("cost_events"."pricing" = 'unpriced') = ("cost_events"."cost_micros" is null)),
	CONSTRAINT "costs_amounts" CHECK ("cost_events"."cost_micros" >= 0 and "cost_events"."input_tokens" >= 0 and "cost_events"."output_tokens" >= 0 and "cost_events"."cached_input_tokens" >= 0)
);
--> statement-breakpoint
CREATE TABLE "activity_log" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "activity_log_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"company_id" uuid,
	"actor_type" text NOT NULL,
	"actor_id" text,
	"action" text NOT NULL,
	"subject_type" text NOT NULL,
	"subject_id" text,
	"details" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "activity_actor" CHECK ("activity_log"."actor_type" in ('user', 'agent', 'system'))
);
--> statement-breakpoint
CREATE UNLOGGED TABLE "live_events" (
	"tx" bigint DEFAULT (pg_current_xact_id()::text)::bigint NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "live_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"company_id" uuid NOT NULL,
	"type" text NOT NULL,
	"payload" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "live_events_tx_id_pk" PRIMARY KEY("tx","id")
);
--> statement-breakpoint
CREATE TABLE "heartbeat_run_events" (
	"run_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"company_id" uuid NOT NULL,
	"event_type" text NOT NULL,
	"stream" text,
	"level" text DEFAULT 'info' NOT NULL,
	"color" text,
	"message" text NOT NULL,
	"payload" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "heartbeat_run_events_run_id_seq_pk" PRIMARY KEY("run_id","seq"),
	CONSTRAINT "run_events_type" CHECK ("heartbeat_run_events"."event_type" in ('lifecycle', 'adapter.invoke', 'usage', 'warning', 'error')),
	CONSTRAINT "run_events_stream" CHECK ("heartbeat_run_events"."stream" in ('stdout', 'stderr')),
	CONSTRAINT "run_events_seq" CHECK ("heartbeat_run_events"."seq" >= 1)
);
--> statement-breakpoint
CREATE TABLE "heartbeat_runs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"company_id" uuid NOT NULL,
	"agent_id" uuid NOT NULL,
	"status" text DEFAULT 'queued' NOT NULL,
	"invocation_source" text NOT NULL,
	"trigger_detail" text NOT NULL,
	"wakeup_request_id" uuid,
	"retry_of_run_id" uuid,
	"lost_attempts" smallint DEFAULT 0 NOT NULL,
	"context_snapshot" jsonb NOT NULL,
	"queue_position" timestamp (3) with time zone NOT NULL,
	"server_id" uuid,
	"slot" smallint,
	"company_slot" smallint,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	"cancel_requested_at" timestamp (3) with time zone,
	"cancel_reason" text,
	"cancel_code" text,
	"error" text,
	"error_code" text,
	"exit_code" integer,
	"signal" text,
	"survivors_killed" integer,
	"process_pid" integer,
	"process_started_ticks" text,
	"session_id_before" text,
	"session_id_after" text,
	"session_version" integer,
	"usage_json" jsonb,
	"result_json" jsonb,
	"log_ref" text,
	"log_bytes" bigint,
	"log_sha256" text,
	"log_truncated_bytes" bigint,
	"stdout_excerpt" text,
	"last_event_seq" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "runs_status" CHECK ("heartbeat_runs"."status" in ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'timed_out')),
	CONSTRAINT "runs_source" CHECK ("heartbeat_runs"."invocation_source" in ('timer', 'assignment', 'on_demand', 'automation')),
	CONSTRAINT "runs_error_code" CHECK ("heartbeat_runs"."error_code" in ('agent_not_found', 'adapter_not_installed', 'invalid_config', 'invalid_working_directory', 'spawn_failed', 'nonzero_exit', 'killed_by_signal', 'output_parse_error', 'resume_session_invalid', 'adapter_failed', 'timeout', 'cancelled', 'budget_exceeded', 'runner_lost', 'server_stopped')),
	CONSTRAINT "runs_finished" CHECK (("heartbeat_runs"."status" in ('succeeded', 'failed', 'cancelled', 'timed_out')) = ("heartbeat_runs"."finished_at" is not null)),
	CONSTRAINT "runs_held" CHECK (("heartbeat_runs"."status" = 'running') = ("heartbeat_runs"."slot" is not null)),
	CONSTRAINT "runs_started" CHECK ("heartbeat_runs"."status" <> 'running' or ("heartbeat_runs"."started_at" is not null and "heartbeat_runs"."server_id" is not null))
);
--> statement-breakpoint
CREATE TABLE "servers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"role" text NOT NULL,
	"host" text NOT NULL,
	"machine" text NOT NULL,
	"pid" integer NOT NULL,
	"data_dir" text NOT NULL,
	"runner_pid" integer,
	"runner_started_ticks" text,
	"url" text,
	"max_runs" integer NOT NULL,
	"draining" boolean DEFAULT false NOT NULL,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"renewed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"lease_expires_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"lost" boolean DEFAULT false NOT NULL,
	CONSTRAINT "servers_role" CHECK ("servers"."role" in ('all', 'web', 'runner'))
);
--> statement-breakpoint
CREATE TABLE "agent_wakeup_requests" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"company_id" uuid NOT NULL,
	"agent_id" uuid NOT NULL,
	"source" text NOT NULL,
	"trigger_detail" text NOT NULL,
	"reason" text,
	"payload" jsonb,
	"context_snapshot" jsonb,
	"status" text NOT NULL,
	"skip_reason" text,
	"run_id" uuid,
	"coalesced_count" integer DEFAULT 0 NOT NULL,
	"idempotency_key" text,
	"requested_by_actor_type" text NOT NULL,
	"requested_by_actor_id" text,
	"requested_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"claimed_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "wakeups_source" CHECK ("agent_wakeup_requests"."source" in ('timer', 'assignment', 'on_demand', 'automation')),
	CONSTRAINT "wakeups_trigger" CHECK ("agent_wakeup_requests"."trigger_detail" in ('manual', 'ping', 'callback', 'system')),
	CONSTRAINT "wakeups_actor" CHECK ("agent_wakeup_requests"."requested_by_actor_type" in ('user', 'agent', 'system')),
	CONSTRAINT "wakeups_status" CHECK ("agent_wakeup_requests"."status" in ('queued', 'claimed', 'completed', 'failed', 'cancelled', 'timed_out', 'coalesced', 'skipped')),
	CONSTRAINT "wakeups_skip_reason" CHECK ("agent_wakeup_requests"."skip_reason" in ('heartbeat.disabled', 'heartbeat.wakeOnAssignment.disabled', 'heartbeat.wakeOnAutomation.disabled', 'heartbeat.wakeOnOnDemand.disabled', 'heartbeat.cooldown', 'agent.paused', 'agent.terminated', 'company.paused', 'company.archived', 'budget.exceeded')),
	CONSTRAINT "wakeups_skipped" CHECK (("agent_wakeup_requests"."status" = 'skipped') = ("agent_wakeup_requests"."skip_reason" is not null)),
	CONSTRAINT "wakeups_finished" CHECK (("agent_wakeup_requests"."status" in ('queued', 'claimed')) = ("agent_wakeup_requests"."finished_at" is null))
);
--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_person_id_people_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."people"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_person_id_people_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."people"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agent_api_keys" ADD CONSTRAINT "agent_api_keys_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agent_api_keys" ADD CONSTRAINT "agent_api_keys_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agent_runtime_state" ADD CONSTRAINT "agent_runtime_state_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agent_runtime_state" ADD CONSTRAINT "agent_runtime_state_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agent_spend" ADD CONSTRAINT "agent_spend_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agents" ADD CONSTRAINT "agents_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "company_spend" ADD CONSTRAINT "company_spend_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cost_events" ADD CONSTRAINT "cost_events_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cost_events" ADD CONSTRAINT "cost_events_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cost_events" ADD CONSTRAINT "cost_events_run_id_heartbeat_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."heartbeat_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "activity_log" ADD CONSTRAINT "activity_log_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "heartbeat_run_events" ADD CONSTRAINT "heartbeat_run_events_run_id_heartbeat_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."heartbeat_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "heartbeat_runs" ADD CONSTRAINT "heartbeat_runs_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "heartbeat_runs" ADD CONSTRAINT "heartbeat_runs_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "heartbeat_runs" ADD CONSTRAINT "heartbeat_runs_wakeup_request_id_agent_wakeup_requests_id_fk" FOREIGN KEY ("wakeup_request_id") REFERENCES "public"."agent_wakeup_requests"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "heartbeat_runs" ADD CONSTRAINT "heartbeat_runs_retry_of_run_id_heartbeat_runs_id_fk" FOREIGN KEY ("retry_of_run_id") REFERENCES "public"."heartbeat_runs"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "heartbeat_runs" ADD CONSTRAINT "heartbeat_runs_server_id_servers_id_fk" FOREIGN KEY ("server_id") REFERENCES "public"."servers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agent_wakeup_requests" ADD CONSTRAINT "agent_wakeup_requests_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agent_wakeup_requests" ADD CONSTRAINT "agent_wakeup_requests_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agent_wakeup_requests" ADD CONSTRAINT "agent_wakeup_requests_run_id_heartbeat_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."heartbeat_runs"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "memberships_person" ON "memberships" USING btree ("person_id");--> statement-breakpoint
CREATE UNIQUE INDEX "people_one_owner" ON "people" USING btree ("installation_owner") WHERE "people"."installation_owner";--> statement-breakpoint
CREATE INDEX "sessions_person" ON "sessions" USING btree ("person_id");--> statement-breakpoint
CREATE INDEX "agent_api_keys_agent" ON "agent_api_keys" USING btree ("agent_id","created_at");--> statement-breakpoint
CREATE INDEX "agents_company" ON "agents" USING btree ("company_id","created_at","id");--> statement-breakpoint
CREATE INDEX "agents_due" ON "agents" USING btree ("next_heartbeat_at","id") WHERE "agents"."status" in ('idle', 'running', 'error');--> statement-breakpoint
CREATE INDEX "costs_company" ON "cost_events" USING btree ("company_id","occurred_at");--> statement-breakpoint
CREATE INDEX "costs_agent" ON "cost_events" USING btree ("agent_id","occurred_at");--> statement-breakpoint
CREATE INDEX "activity_company" ON "activity_log" USING btree ("company_id","created_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "runs_one_queued" ON "heartbeat_runs" USING btree ("agent_id") WHERE "heartbeat_runs"."status" = 'queued';--> statement-breakpoint
CREATE UNIQUE INDEX "runs_slot" ON "heartbeat_runs" USING btree ("agent_id","slot") WHERE "heartbeat_runs"."status" = 'running';--> statement-breakpoint
CREATE UNIQUE INDEX "runs_company_slot" ON "heartbeat_runs" USING btree ("company_id","company_slot") WHERE "heartbeat_runs"."status" = 'running' and "heartbeat_runs"."company_slot" is not null;--> statement-breakpoint
CREATE INDEX "runs_queue" ON "heartbeat_runs" USING btree ("queue_position","id") WHERE "heartbeat_runs"."status" = 'queued';--> statement-breakpoint
CREATE INDEX "runs_held_by" ON "heartbeat_runs" USING btree ("server_id") WHERE "heartbeat_runs"."status" = 'running';--> statement-breakpoint
CREATE INDEX "runs_company" ON "heartbeat_runs" USING btree ("company_id","created_at","id");--> statement-breakpoint
CREATE INDEX "runs_company_status" ON "heartbeat_runs" USING btree ("company_id","status","created_at","id");--> statement-breakpoint
CREATE INDEX "runs_agent" ON "heartbeat_runs" USING btree ("agent_id","created_at","id");--> statement-breakpoint
CREATE INDEX "servers_alive" ON "servers" USING btree ("lease_expires_at") WHERE "servers"."ended_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "wakeups_idempotency" ON "agent_wakeup_requests" USING btree ("agent_id","idempotency_key") WHERE "agent_wakeup_requests"."idempotency_key" is not null and "agent_wakeup_requests"."status" <> 'skipped';--> statement-breakpoint
CREATE UNIQUE INDEX "wakeups_one_coalesced_timer" ON "agent_wakeup_requests" USING btree ("run_id") WHERE "agent_wakeup_requests"."status" = 'coalesced' and "agent_wakeup_requests"."source" = 'timer';--> statement-breakpoint
CREATE INDEX "wakeups_company" ON "agent_wakeup_requests" USING btree ("company_id","requested_at","id");--> statement-breakpoint
CREATE INDEX "wakeups_company_status" ON "agent_wakeup_requests" USING btree ("company_id","status","requested_at","id");--> statement-breakpoint
CREATE INDEX "wakeups_agent" ON "agent_wakeup_requests" USING btree ("agent_id","requested_at","id");--> statement-breakpoint
CREATE INDEX "wakeups_run" ON "agent_wakeup_requests" USING btree ("run_id");