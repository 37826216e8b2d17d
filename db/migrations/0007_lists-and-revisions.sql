CREATE TABLE "agent_revisions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"company_id" uuid NOT NULL,
	"agent_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"actor_type" text NOT NULL,
	"actor_id" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"name" text NOT NULL,
	"adapter_type" text NOT NULL,
	"adapter_config" jsonb NOT NULL,
	"runtime_config" jsonb NOT NULL,
	"budget_monthly_micros" bigint,
	CONSTRAINT "agent_revisions_number" UNIQUE("agent_id","number"),
	CONSTRAINT "agent_revisions_actor" CHECK ("agent_revisions"."actor_type" in ('user', 'agent', 'system'))
);
--> statement-breakpoint
ALTER TABLE "agent_revisions" ADD CONSTRAINT "agent_revisions_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agent_revisions" ADD CONSTRAINT "agent_revisions_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "runs_company_source" ON "heartbeat_runs" USING btree ("company_id","invocation_source","created_at","id") WHERE "heartbeat_runs"."invocation_source" <> 'timer';--> statement-breakpoint
CREATE INDEX "runs_error_words" ON "heartbeat_runs" USING gin (to_tsvector('simple', regexp_replace(left("error", 4000), '[^[:alnum:]]+', ' ', 'g'))) WHERE "heartbeat_runs"."error" is not null;--> statement-breakpoint
INSERT INTO "agent_revisions" ("company_id", "agent_id", "number", "actor_type", "created_at", "name", "adapter_type", "adapter_config", "runtime_config", "budget_monthly_micros")
SELECT "company_id", "id", 1, 'system', "updated_at", "name", "adapter_type", "adapter_config", "runtime_config", "budget_monthly_micros" FROM "agents";
