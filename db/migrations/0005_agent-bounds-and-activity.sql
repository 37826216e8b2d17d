ALTER TABLE "agent_wakeup_requests" DROP CONSTRAINT "wakeups_skip_reason";--> statement-breakpoint
ALTER TABLE "activity_log" DROP CONSTRAINT "activity_log_company_id_companies_id_fk";
--> statement-breakpoint
ALTER TABLE "activity_log" ADD COLUMN "address" text;--> statement-breakpoint
ALTER TABLE "activity_log" ADD COLUMN "user_agent" text;--> statement-breakpoint
ALTER TABLE "activity_log" ADD COLUMN "via" text;--> statement-breakpoint
ALTER TABLE "activity_log" ADD COLUMN "via_id" text;--> statement-breakpoint
ALTER TABLE "heartbeat_runs" ADD COLUMN "wake_depth" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "agent_wakeup_requests" ADD COLUMN "wake_depth" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "activity_subject" ON "activity_log" USING btree ("company_id","subject_id","created_at","id");--> statement-breakpoint
CREATE INDEX "activity_action" ON "activity_log" USING btree ("company_id","action","created_at","id") WHERE "activity_log"."action" <> 'wakeup.create';--> statement-breakpoint
CREATE INDEX "wakeups_by_agents" ON "agent_wakeup_requests" USING btree ("company_id","requested_at") WHERE "agent_wakeup_requests"."requested_by_actor_type" = 'agent';--> statement-breakpoint
ALTER TABLE "agent_wakeup_requests" ADD CONSTRAINT "wakeups_skip_reason" CHECK ("agent_wakeup_requests"."skip_reason" in ('heartbeat.disabled', 'heartbeat.wakeOnAssignment.disabled', 'heartbeat.wakeOnAutomation.disabled', 'heartbeat.wakeOnOnDemand.disabled', 'heartbeat.cooldown', 'agent.paused', 'agent.terminated', 'company.paused', 'company.archived', 'budget.exceeded', 'wakeup.too_deep', 'wakeup.too_many'));--> statement-breakpoint
CREATE FUNCTION "activity_log_is_never_edited"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('reveille.retention', true) = 'on' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'activity_log is never edited' USING ERRCODE = 'restrict_violation';
END $$;--> statement-breakpoint
CREATE TRIGGER "activity_log_is_never_edited" BEFORE UPDATE OR DELETE ON "activity_log"
  FOR EACH ROW EXECUTE FUNCTION "activity_log_is_never_edited"();
