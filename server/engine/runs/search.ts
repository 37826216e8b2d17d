import { type AnyColumn, and, asc, desc, eq, ilike, isNotNull, type SQL, sql } from 'drizzle-orm'
import { union } from 'drizzle-orm/pg-core'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { agents, heartbeatRuns } from '@/db/schema'
import { errorWords } from '@/db/schema/runs'
import type { CompanyId } from '@/server/domain/ids'

/** Screens show the end of an id, which has no index: only this many of the newest runs are searched for it. */
const newestByTail = 5_000
const mostAgents = 50
const wholeId = 36

/** The condition and the number of the runs that are searched for. */
export type Runs = { condition: SQL | undefined; limit: number }

const { id, createdAt } = heartbeatRuns

/** The ids of the newest of these runs. */
export function newestOf(sql: Executor, { condition, limit }: Runs) {
  const newestFirst = [desc(createdAt), desc(id)]
  return drizzleOn(sql)
    .select({ id })
    .from(heartbeatRuns)
    .where(condition)
    .orderBy(...newestFirst)
    .limit(limit)
}

/**
 * The ids of the runs that match a text: by words in the error (each the beginning of one), by a part of the agent's name,
 * or by an id, whole or its end. Each of them gives its newest, so that the newest of all are among them.
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

function foundByName(sql: Executor, text: string, companyId: CompanyId, { condition, limit }: Runs) {
  const db = drizzleOn(sql)
  const named = db
    .select({ id: agents.id })
    .from(agents)
    .where(and(eq(agents.companyId, companyId), ilike(agents.name, `%${escaped(text)}%`)))
    .orderBy(asc(agents.name), asc(agents.id))
    .limit(mostAgents)
    .as('named')
  const ofAgent = newestOf(sql, { condition: and(eq(heartbeatRuns.agentId, named.id), condition), limit }).as(
    'of_agent',
  )
  return db.select({ id: ofAgent.id }).from(named).crossJoinLateral(ofAgent)
}

function foundByError(sql: Executor, words: string[], { condition, limit }: Runs) {
  return newestOf(sql, { condition: and(isNotNull(heartbeatRuns.error), hasWords(words), condition), limit })
}

function foundById(sql: Executor, text: string, { condition, limit }: Runs) {
  if (text.length === wholeId) return newestOf(sql, { condition: and(eq(id, text), condition), limit })
  const recent = newestOf(sql, { condition, limit: newestByTail }).as('recent')
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
