CREATE TABLE "company_cancels" (
	"company_id" uuid PRIMARY KEY NOT NULL,
	"reason" text NOT NULL,
	"requested_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"after_at" timestamp (3) with time zone,
	"after_agent_id" uuid
);
--> statement-breakpoint
ALTER TABLE "company_cancels" ADD CONSTRAINT "company_cancels_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE cascade ON UPDATE no action;