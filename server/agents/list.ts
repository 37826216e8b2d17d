import { z } from 'zod'
import type { Executor } from '@/db/client'
import type { AgentSort, AgentStatus } from '@/server/domain/agent-status'
import type { CompanyId } from '@/server/domain/ids'
import type { Page } from '@/server/domain/page'
import { type Agent, selectAgent } from './queries'

/** A place in a list that is ordered by a value, as PostgreSQL writes it, and by id. */
export type SortCursor = { value: string; id: string }

export const sortCursorInput = z
  .string()
  .max(2000)
  .transform((text, context): SortCursor => {
    const [value, id] = parsed(Buffer.from(text, 'base64url').toString())
    if (typeof value === 'string' && typeof id === 'string' && z.guid().safeParse(id).success) return { value, id }
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

type Row = Agent & { sortValue: string }

/** Agents without a value (never woken, no timer) come last either way. */
export async function listAgents(sql: Executor, filter: AgentFilter): Promise<Page<Agent>> {
  const { companyId, status, adapterType, cursor, limit } = filter
  const text = filter.text?.replaceAll('\0', '').trim()
  const key = sortKey(sql, filter)
  const [past, order] = filter.descending ? [sql`<`, sql`desc`] : [sql`>`, sql`asc`]
  const rows = await sql<Row[]>`
    select a.*, ${key.value}::text as sort_value from (${selectAgent(sql)}
      where a.company_id = ${companyId}
        ${status ? sql`and a.status = ${status}` : sql``}
        ${adapterType ? sql`and a.adapter_type = ${adapterType}` : sql``}
        ${text ? sql`and (a.name ilike ${`%${escaped(text)}%`} or a.id::text = ${text.toLowerCase()})` : sql``}
    ) a
    ${cursor ? sql`where (${key.value}, a.id) ${past} (${cursor.value}::text::${key.type}, ${cursor.id})` : sql``}
    order by ${key.value} ${order}, a.id ${order} limit ${limit + 1}`
  const items = rows.slice(0, limit)
  const last = rows.length > limit ? items.at(-1) : undefined
  return { items: items.map(({ sortValue, ...agent }) => agent), nextCursor: last ? cursorOf(last) : null }
}

function sortKey(sql: Executor, { sort, descending }: Pick<AgentFilter, 'sort' | 'descending'>) {
  const nothing = descending ? sql`'-infinity'` : sql`'infinity'`
  switch (sort) {
    case 'created':
      return { value: sql`a.created_at`, type: sql`timestamptz` }
    case 'name':
      return { value: sql`lower(a.name)`, type: sql`text` }
    case 'status':
      return {
        value: sql`array_position(array['error', 'running', 'idle', 'paused', 'terminated'], a.status)`,
        type: sql`integer`,
      }
    case 'lastHeartbeat':
      return { value: sql`coalesce(a.last_heartbeat_at, ${nothing})`, type: sql`timestamptz` }
    case 'nextHeartbeat':
      return {
        value: sql`case when a.status in ('paused', 'terminated') then ${nothing}::timestamptz
          else coalesce(a.next_heartbeat_at, ${nothing}) end`,
        type: sql`timestamptz`,
      }
    case 'spent':
      return { value: sql`a.spent_monthly_micros`, type: sql`bigint` }
  }
}

export type Outcomes = { agentId: string; runs: { id: string; status: string; seconds: number | null }[] }

/** The last runs of each of these agents, oldest first. Agents of other companies are left out. */
export async function recentOutcomes(
  sql: Executor,
  query: { companyId: CompanyId; agentIds: string[]; perAgent: number },
): Promise<{ items: Outcomes[] }> {
  const items = await sql<Outcomes[]>`
    select a.id as agent_id, coalesce((
      select json_agg(json_build_object('id', r.id, 'status', r.status,
        'seconds', extract(epoch from r.finished_at - r.started_at)::float8) order by r.created_at, r.id)
      from (
        select id, status, created_at, started_at, finished_at from heartbeat_runs
        where agent_id = a.id order by created_at desc, id desc limit ${query.perAgent}
      ) r), '[]') as runs
    from agents a where a.company_id = ${query.companyId} and a.id = any(${query.agentIds})`
  return { items }
}

function cursorOf({ sortValue, id }: Row): string {
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
