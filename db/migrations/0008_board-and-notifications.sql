CREATE TABLE "notification_deliveries" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"company_id" uuid NOT NULL,
	"notification_id" uuid NOT NULL,
	"url" text NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"attempts" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"next_attempt_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "deliveries_once" UNIQUE("notification_id","url"),
	CONSTRAINT "deliveries_status" CHECK ("notification_deliveries"."status" in ('pending', 'delivered', 'failed')),
	CONSTRAINT "deliveries_finished" CHECK (("notification_deliveries"."status" = 'pending') = ("notification_deliveries"."finished_at" is null))
);
--> statement-breakpoint
CREATE TABLE "notification_reads" (
	"company_id" uuid NOT NULL,
	"reader" text NOT NULL,
	"read_until" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "notification_reads_company_id_reader_pk" PRIMARY KEY("company_id","reader")
);
--> statement-breakpoint
CREATE TABLE "notification_rules" (
	"company_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"threshold" integer,
	"to_browser" boolean NOT NULL,
	"to_webhook" boolean NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "notification_rules_company_id_kind_pk" PRIMARY KEY("company_id","kind"),
	CONSTRAINT "notification_rules_kind" CHECK ("notification_rules"."kind" in ('run_failed', 'agent_failing', 'budget_near', 'budget_spent', 'server_lost', 'run_silent')),
	CONSTRAINT "notification_rules_threshold" CHECK ("notification_rules"."threshold" >= 1)
);
--> statement-breakpoint
CREATE TABLE "notification_webhooks" (
	"company_id" uuid PRIMARY KEY NOT NULL,
	"url" text NOT NULL,
	"sealed_secret" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notifications" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"company_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"dedupe_key" text NOT NULL,
	"title" text NOT NULL,
	"message" text NOT NULL,
	"agent_id" uuid,
	"run_id" uuid,
	"to_browser" boolean NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "notifications_once" UNIQUE("company_id","dedupe_key"),
	CONSTRAINT "notifications_kind" CHECK ("notifications"."kind" in ('run_failed', 'agent_failing', 'budget_near', 'budget_spent', 'server_lost', 'run_silent', 'test'))
);
--> statement-breakpoint
CREATE TABLE "run_silences" (
	"run_id" uuid PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"agent_id" uuid NOT NULL,
	"last_output_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "background_marks" (
	"name" text PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "run_stats_hourly" (
	"company_id" uuid NOT NULL,
	"hour" timestamp (3) with time zone NOT NULL,
	"status" text NOT NULL,
	"bucket" smallint NOT NULL,
	"runs" integer NOT NULL,
	CONSTRAINT "run_stats_hourly_company_id_hour_status_bucket_pk" PRIMARY KEY("company_id","hour","status","bucket"),
	CONSTRAINT "run_stats_status" CHECK ("run_stats_hourly"."status" in ('succeeded', 'failed', 'cancelled', 'timed_out')),
	CONSTRAINT "run_stats_runs" CHECK ("run_stats_hourly"."runs" > 0)
);
--> statement-breakpoint
ALTER TABLE "companies" ADD COLUMN "is_example" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "notification_deliveries" ADD CONSTRAINT "notification_deliveries_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_deliveries" ADD CONSTRAINT "notification_deliveries_notification_id_notifications_id_fk" FOREIGN KEY ("notification_id") REFERENCES "public"."notifications"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_reads" ADD CONSTRAINT "notification_reads_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_rules" ADD CONSTRAINT "notification_rules_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_webhooks" ADD CONSTRAINT "notification_webhooks_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_run_id_heartbeat_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."heartbeat_runs"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_silences" ADD CONSTRAINT "run_silences_run_id_heartbeat_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."heartbeat_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_silences" ADD CONSTRAINT "run_silences_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_silences" ADD CONSTRAINT "run_silences_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_stats_hourly" ADD CONSTRAINT "run_stats_hourly_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "deliveries_due" ON "notification_deliveries" USING btree ("next_attempt_at") WHERE "notification_deliveries"."status" = 'pending';--> statement-breakpoint
CREATE INDEX "deliveries_company" ON "notification_deliveries" USING btree ("company_id","created_at","id");--> statement-breakpoint
CREATE INDEX "notifications_inbox" ON "notifications" USING btree ("company_id","created_at","id") WHERE "notifications"."to_browser";--> statement-breakpoint
CREATE INDEX "run_silences_company" ON "run_silences" USING btree ("company_id","last_output_at");--> statement-breakpoint
CREATE INDEX "runs_finished" ON "heartbeat_runs" USING btree ("finished_at") WHERE "heartbeat_runs"."finished_at" is not null;