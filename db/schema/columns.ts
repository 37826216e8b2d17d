import { timestamp, uuid } from 'drizzle-orm/pg-core'

/** Milliseconds, as JavaScript keeps them: a cursor made of a timestamp then names exactly its row. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' })

export const id = () => uuid('id').primaryKey().defaultRandom()
export const createdAt = () => instant('created_at').notNull().defaultNow()
export const updatedAt = () => instant('updated_at').notNull().defaultNow()
