ALTER TABLE "agent_wakeup_requests" DROP CONSTRAINT "wakeups_skip_reason";--> statement-breakpoint
DROP INDEX "runs_queue";--> statement-breakpoint
ALTER TABLE "heartbeat_runs" ADD COLUMN "is_context_whole" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "heartbeat_runs" ADD COLUMN "wakeup_count" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "heartbeat_runs" ADD COLUMN "wakeup_bytes" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "agent_wakeup_requests" ADD COLUMN "context_run_id" uuid;--> statement-breakpoint
CREATE INDEX "wakeups_context" ON "agent_wakeup_requests" USING btree ("context_run_id") WHERE "agent_wakeup_requests"."context_run_id" is not null;--> statement-breakpoint
CREATE INDEX "runs_queue" ON "heartbeat_runs" USING btree ("company_id","queue_position","id") WHERE "heartbeat_runs"."status" = 'queued';--> statement-breakpoint
ALTER TABLE "agent_wakeup_requests" ADD CONSTRAINT "wakeups_skip_reason" CHECK ("agent_wakeup_requests"."skip_reason" in ('heartbeat.disabled', 'heartbeat.wakeOnAssignment.disabled', 'heartbeat.wakeOnAutomation.disabled', 'heartbeat.wakeOnOnDemand.disabled', 'heartbeat.cooldown', 'agent.paused', 'agent.terminated', 'company.paused', 'company.archived', 'budget.exceeded', 'queue.full', 'wakeup.too_deep', 'wakeup.too_many'));