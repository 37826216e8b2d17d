import { type AnyColumn, and, asc, desc, eq, ilike, isNotNull, type SQL, sql } from 'drizzle-orm'
import { union } from 'drizzle-orm/pg-core'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { agents, heartbeatRuns } from '@/db/schema'
import { errorWords } from '@/db/schema/runs'
import type { CompanyId } from '@/server/domain/ids'

/** Ids are shown by their end, which no index knows: it is looked for among so many of the newest. */
const newestByTail = 5_000
const mostAgents = 50
const wholeId = 36

/** Which runs are looked for, and how many of them. */
export type Runs = { passing: SQL | undefined; limit: number }

const { id, createdAt } = heartbeatRuns

/** The ids of the newest of these runs. */
export function newestOf(sql: Executor, { passing, limit }: Runs) {
  const newestFirst = [desc(createdAt), desc(id)]
  return drizzleOn(sql)
    .select({ id })
    .from(heartbeatRuns)
    .where(passing)
    .orderBy(...newestFirst)
    .limit(limit)
}

/**
 * The ids of the runs that a text finds: by words in the error (each the beginning of one), by a part of the agent's name,
 * or by an id, whole or its end. Each way brings its newest, so that the newest of all are among them.
 */
export function foundBy(sql: Executor, { text, companyId, runs }: { text: string; companyId: CompanyId; runs: Runs }) {
  const words = wordsOf(text)
  const idText = idOf(text)
  const byName = foundByName(sql, text, companyId, runs)
  const others = [
    ...(words.length > 0 ? [foundByError(sql, words, runs)] : []),
    ...(idText ? [foundById(sql, idText, runs)] : []),
  ]
  const [second, ...more] = others
  return second ? union(byName, second, ...more) : byName
}

function foundByName(sql: Executor, text: string, companyId: CompanyId, { passing, limit }: Runs) {
  const db = drizzleOn(sql)
  const named = db
    .select({ id: agents.id })
    .from(agents)
    .where(and(eq(agents.companyId, companyId), ilike(agents.name, `%${escaped(text)}%`)))
    .orderBy(asc(agents.name), asc(agents.id))
    .limit(mostAgents)
    .as('named')
  const theirs = newestOf(sql, { passing: and(eq(heartbeatRuns.agentId, named.id), passing), limit }).as('theirs')
  return db.select({ id: theirs.id }).from(named).crossJoinLateral(theirs)
}

function foundByError(sql: Executor, words: string[], { passing, limit }: Runs) {
  return newestOf(sql, { passing: and(isNotNull(heartbeatRuns.error), hasWords(words), passing), limit })
}

function foundById(sql: Executor, text: string, { passing, limit }: Runs) {
  if (text.length === wholeId) return newestOf(sql, { passing: and(eq(id, text), passing), limit })
  const recent = newestOf(sql, { passing, limit: newestByTail }).as('recent')
  return drizzleOn(sql).select({ id: recent.id }).from(recent).where(endsIn(recent.id, text))
}

function hasWords(words: string[]) {
  return sql`${errorWords(heartbeatRuns.error)} @@ to_tsquery('simple', ${words.join(' & ')})`
}

function endsIn(column: AnyColumn, text: string) {
  return sql`right(${column}::text, ${text.length}) = ${text}`
}

/** A whole id, or the last 4 to 12 characters of one. */
function idOf(text: string): string | null {
  if (!/^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{4,12})$/i.test(text)) return null
  return text.toLowerCase()
}

function wordsOf(text: string): string[] {
  return (text.match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, 10).map((word) => `'${word}':*`)
}

function escaped(text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`)
}
