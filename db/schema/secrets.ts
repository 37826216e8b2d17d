import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, instant, updatedAt } from './columns'
import { companies } from './companies'

/** A company's secrets, sealed with a key that is not in the database. */
export const companySecrets = pgTable(
  'company_secrets',
  {
    id: id(),
    companyId: uuid('company_id')
      .notNull()
      .references(() => companies.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    sealedValue: text('sealed_value').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    unique('secrets_name').on(t.companyId, t.name),
    check('secrets_name_form', sql`${t.name} ~ '^[A-Za-z0-9_.-]{1,200}$'`),
  ],
)

/** Replaced values that a running run may still know: they are redacted in its output until it has ended. */
export const formerSecrets = pgTable(
  'former_secrets',
  {
    id: id(),
    companyId: uuid('company_id')
      .notNull()
      .references(() => companies.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    sealedValue: text('sealed_value').notNull(),
    replacedAt: instant('replaced_at').notNull().defaultNow(),
  },
  (t) => [index('former_secrets_name').on(t.companyId, t.name)],
)
