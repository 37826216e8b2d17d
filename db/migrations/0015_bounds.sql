CREATE TABLE "company_cancels" (
	"company_id" uuid PRIMARY KEY NOT NULL,
	"reason" text NOT NULL,
	"requested_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"after_at" timestamp (3) with time zone,
	"after_agent_id" uuid
);
--> statement-breakpoint
ALTER TABLE "retention_progress" DROP CONSTRAINT "retention_progress_kind";--> statement-breakpoint
ALTER TABLE "heartbeat_runs" DROP CONSTRAINT "heartbeat_runs_server_id_servers_id_fk";
--> statement-breakpoint
ALTER TABLE "company_cancels" ADD CONSTRAINT "company_cancels_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "notifications_created" ON "notifications" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "notifications_run" ON "notifications" USING btree ("run_id") WHERE "notifications"."run_id" is not null;--> statement-breakpoint
CREATE INDEX "runs_ended_by" ON "heartbeat_runs" USING btree ("server_id") WHERE "heartbeat_runs"."finished_at" is not null and "heartbeat_runs"."server_id" is not null;--> statement-breakpoint
CREATE INDEX "runs_retry_of" ON "heartbeat_runs" USING btree ("retry_of_run_id") WHERE "heartbeat_runs"."retry_of_run_id" is not null;--> statement-breakpoint
ALTER TABLE "retention_progress" ADD CONSTRAINT "retention_progress_kind" CHECK ("retention_progress"."kind" in ('logs', 'events', 'wakeups', 'fields', 'runs'));