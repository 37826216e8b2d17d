import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { type Role, roles } from '@/server/domain/agent-status'
import { oneOf } from './check-list'
import { createdAt, id, instant } from './columns'
import { companies } from './companies'

export const people = pgTable(
  'people',
  {
    id: id(),
    name: text('name').notNull(),
    /** In lower case: people sign in with it. */
    email: text('email').unique(),
    /** The installation's owner has owner rights in every company. */
    installationOwner: boolean('installation_owner').notNull().default(false),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('people_one_owner').on(t.installationOwner).where(sql`${t.installationOwner}`),
    check('people_email', sql`${t.email} = lower(${t.email})`),
  ],
)

/** Separate from the person, so that no list of people can contain it. */
export const passwords = pgTable('passwords', {
  personId: uuid('person_id')
    .primaryKey()
    .references(() => people.id, { onDelete: 'cascade' }),
  /** With its salt and cost: see server/identity/access/password.ts. */
  hash: text('hash').notNull(),
  changedAt: instant('changed_at').notNull().defaultNow(),
})

export const memberships = pgTable(
  'memberships',
  {
    /** `memberId` in the API. */
    id: uuid('id').notNull().defaultRandom().unique(),
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

/** An invitation for the person with this e-mail. Valid once, for a week; the link is stored as a hash. */
export const invitations = pgTable(
  'invitations',
  {
    id: id(),
    companyId: uuid('company_id')
      .notNull()
      .references(() => companies.id, { onDelete: 'cascade' }),
    email: text('email').notNull(),
    role: text('role').$type<Role>().notNull(),
    tokenHash: text('token_hash').notNull().unique(),
    createdAt: createdAt(),
    expiresAt: instant('expires_at').notNull(),
    acceptedAt: instant('accepted_at'),
  },
  (t) => [
    uniqueIndex('invitations_one_open').on(t.companyId, t.email).where(sql`${t.acceptedAt} is null`),
    check('invitations_role', oneOf(t.role, roles)),
    check('invitations_email', sql`${t.email} = lower(${t.email})`),
  ],
)

/** A signed-in browser. Only the hash of its cookie is stored. */
export const sessions = pgTable(
  'sessions',
  {
    tokenHash: text('token_hash').primaryKey(),
    /** Identifies the session in lists, which must not contain its hash. */
    id: uuid('id').notNull().defaultRandom().unique(),
    personId: uuid('person_id')
      .notNull()
      .references(() => people.id, { onDelete: 'cascade' }),
    userAgent: text('user_agent'),
    address: text('address'),
    /** Started by a sign-in link: the person may choose a new password without the old one, once. */
    byLink: boolean('by_link').notNull().default(false),
    createdAt: createdAt(),
    lastUsedAt: instant('last_used_at'),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [index('sessions_person').on(t.personId)],
)

/** A link, valid once and for a day, that signs a browser in as this person; null: as the installation's owner. */
export const signInLinks = pgTable('sign_in_links', {
  tokenHash: text('token_hash').primaryKey(),
  personId: uuid('person_id').references(() => people.id, { onDelete: 'cascade' }),
  createdAt: createdAt(),
  expiresAt: instant('expires_at').notNull(),
  usedAt: instant('used_at'),
})

/** A token with which a program acts as a person, or as the bearer of REVEILLE_TOKEN, with all or some of their rights. */
export const personalTokens = pgTable(
  'personal_tokens',
  {
    id: id(),
    /** Set for a token created with REVEILLE_TOKEN, which is valid only while that one is set. */
    personId: uuid('person_id').references(() => people.id, { onDelete: 'cascade' }),
    issuerMark: text('issuer_mark'),
    name: text('name').notNull(),
    prefix: text('prefix').notNull(),
    tokenHash: text('token_hash').notNull().unique(),
    /** null: every company of its person. */
    companyId: uuid('company_id').references(() => companies.id, { onDelete: 'cascade' }),
    /** null: the role of its person. */
    role: text('role').$type<Role>(),
    createdAt: createdAt(),
    expiresAt: instant('expires_at'),
    lastUsedAt: instant('last_used_at'),
    revokedAt: instant('revoked_at'),
  },
  (t) => [
    index('personal_tokens_person').on(t.personId, t.createdAt),
    check('personal_tokens_role', oneOf(t.role, roles)),
    check('personal_tokens_whose', sql`(${t.personId} is null) = (${t.issuerMark} is not null)`),
  ],
)

/** Counters of password guesses, by hashed key, in windows of 15 minutes. */
export const signInAttempts = pgTable('sign_in_attempts', {
  key: text('key').primaryKey(),
  count: integer('count').notNull(),
  since: instant('since').notNull(),
})

/** A single row with the data on which all servers of this database must agree. */
export const installation = pgTable(
  'installation',
  {
    id: boolean('id').primaryKey().default(true),
    /** Derived from REVEILLE_SECRET_KEY: a server with another key is refused. */
    secretKeyMark: text('secret_key_mark').notNull(),
  },
  (t) => [check('installation_one_row', sql`${t.id}`)],
)
