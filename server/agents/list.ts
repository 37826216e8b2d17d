import { and, asc, desc, eq, ilike, or } from 'drizzle-orm'
import { z } from 'zod'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { cast, rowAfter, rowBefore } from '@/db/expressions'
import { agents } from '@/db/schema'
import type { AgentSort, AgentStatus } from '@/server/domain/agent-status'
import { type CompanyId, uuid } from '@/server/domain/ids'
import type { Page } from '@/server/domain/page'
import { type Agent, agentColumns } from './queries'
import { type SortKey, sortKeyOf } from './sort-key'

/** A position in a list that is ordered by a value, in PostgreSQL's text form, and by id. */
export type SortCursor = { value: string; id: string }

export const sortCursorInput = z
  .string()
  .max(2000)
  .transform((text, context): SortCursor => {
    const [value, id] = parsed(Buffer.from(text, 'base64url').toString())
    if (typeof value === 'string' && typeof id === 'string' && uuid.safeParse(id).success) return { value, id }
    context.addIssue({ code: 'custom', message: 'must be a nextCursor that a list gave' })
    return z.NEVER
  })

export type AgentFilter = {
  companyId: CompanyId
  /** A part of the name, or a whole id. */
  text?: string
  status?: AgentStatus
  adapterType?: string
  sort: AgentSort
  descending: boolean
  limit: number
  cursor?: SortCursor | null
}

/** Agents without a value to sort by come last in both directions. */
export async function listAgents(sql: Executor, filter: AgentFilter): Promise<Page<Agent>> {
  const { sort, descending, limit } = filter
  const key = sortKeyOf(sql, sort, descending)
  const order = descending ? desc : asc
  const rows = await drizzleOn(sql)
    .select({ ...agentColumns(sql), sortValue: cast<string>(key.value, 'text') })
    .from(agents)
    .where(and(...conditionsOf(filter), afterCursor(key, filter)))
    .orderBy(order(key.value), order(agents.id))
    .limit(limit + 1)
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return { items: page.map(({ sortValue, ...agent }) => agent), nextCursor: last ? cursorOf(last) : null }
}

function conditionsOf({ companyId, status, adapterType, text }: AgentFilter) {
  const words = text?.replaceAll('\0', '').trim()
  const isId = uuid.safeParse(words).success
  return [
    eq(agents.companyId, companyId),
    status && eq(agents.status, status),
    adapterType ? eq(agents.adapterType, adapterType) : undefined,
    words ? or(ilike(agents.name, `%${escaped(words)}%`), isId ? eq(agents.id, words) : undefined) : undefined,
  ]
}

function afterCursor({ value, type }: SortKey, { cursor, descending }: AgentFilter) {
  if (!cursor) return undefined
  const compare = descending ? rowBefore : rowAfter
  return compare([value, agents.id], [cast(cast(cursor.value, 'text'), type), cursor.id])
}

function cursorOf({ sortValue, id }: { sortValue: string; id: string }): string {
  return Buffer.from(JSON.stringify([sortValue, id])).toString('base64url')
}

function parsed(json: string): unknown[] {
  try {
    const value: unknown = JSON.parse(json)
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

function escaped(text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`)
}
