import { sql } from 'drizzle-orm'
import { boolean, check, index, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { type Role, roles } from '@/server/domain/agent-status'
import { oneOf } from './check-list'
import { createdAt, id, instant } from './columns'
import { companies } from './companies'

export const people = pgTable(
  'people',
  {
    id: id(),
    name: text('name').notNull(),
    email: text('email').unique(),
    /** The installation's owner has owner rights in every company. */
    installationOwner: boolean('installation_owner').notNull().default(false),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex('people_one_owner').on(t.installationOwner).where(sql`${t.installationOwner}`)],
)

export const memberships = pgTable(
  'memberships',
  {
    companyId: uuid('company_id')
      .notNull()
      .references(() => companies.id, { onDelete: 'cascade' }),
    personId: uuid('person_id')
      .notNull()
      .references(() => people.id, { onDelete: 'cascade' }),
    role: text('role').$type<Role>().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.companyId, t.personId] }),
    index('memberships_person').on(t.personId),
    check('memberships_role', oneOf(t.role, roles)),
  ],
)

/** A signed-in browser. Only the hash of its cookie is kept. */
export const sessions = pgTable(
  'sessions',
  {
    tokenHash: text('token_hash').primaryKey(),
    personId: uuid('person_id')
      .notNull()
      .references(() => people.id, { onDelete: 'cascade' }),
    createdAt: createdAt(),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [index('sessions_person').on(t.personId)],
)

/** Good once, for a day: signs a browser in as the installation's owner. */
export const signInLinks = pgTable('sign_in_links', {
  tokenHash: text('token_hash').primaryKey(),
  createdAt: createdAt(),
  expiresAt: instant('expires_at').notNull(),
  usedAt: instant('used_at'),
})

/** One row: what the servers that share this database must agree on. */
export const installation = pgTable(
  'installation',
  {
    id: boolean('id').primaryKey().default(true),
    /** Made with REVEILLE_SECRET_KEY: a server with another key is refused. */
    secretKeyMark: text('secret_key_mark').notNull(),
  },
  (t) => [check('installation_one_row', sql`${t.id}`)],
)
