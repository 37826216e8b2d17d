CREATE TABLE "log_removals" (
	"run_id" uuid PRIMARY KEY NOT NULL,
	"store_id" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "retention_progress" (
	"company_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"place_at" timestamp (3) with time zone NOT NULL,
	"place_id" uuid NOT NULL,
	"removed_items" bigint DEFAULT 0 NOT NULL,
	"removed_bytes" bigint DEFAULT 0 NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "retention_progress_company_id_kind_pk" PRIMARY KEY("company_id","kind"),
	CONSTRAINT "retention_progress_kind" CHECK ("retention_progress"."kind" in ('logs', 'events', 'wakeups', 'fields'))
);
--> statement-breakpoint
ALTER TABLE "heartbeat_runs" DROP CONSTRAINT "heartbeat_runs_wakeup_request_id_agent_wakeup_requests_id_fk";
--> statement-breakpoint
ALTER TABLE "companies" ADD COLUMN "retention" jsonb;--> statement-breakpoint
ALTER TABLE "heartbeat_runs" ADD COLUMN "log_removed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "heartbeat_runs" ADD COLUMN "fields_removed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "retention_progress" ADD CONSTRAINT "retention_progress_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "log_removals_store" ON "log_removals" USING btree ("store_id");--> statement-breakpoint
CREATE INDEX "runs_log_unknown" ON "heartbeat_runs" USING btree ("server_id") WHERE "heartbeat_runs"."finished_at" is not null and "heartbeat_runs"."log_bytes" is null;