import { inArray, type SQL, sql } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { coalesce, ifElse } from '@/db/expressions'
import { agents } from '@/db/schema'
import type { AgentSort } from '@/server/domain/agent-status'
import { spentMonthlyMicros } from './queries'

/** The value that a list of agents is ordered by, and its PostgreSQL type. */
export type SortKey = { value: SQL; type: 'timestamptz' | 'text' | 'integer' | 'bigint' }

/** Agents without a value (never woken, no timer) come last in both directions. */
export function sortKeyOf(executor: Executor, sort: AgentSort, descending: boolean): SortKey {
  const last = sql<Date>`${sql.raw(descending ? `'-infinity'` : `'infinity'`)}::timestamptz`
  switch (sort) {
    case 'created':
      return { value: agents.createdAt.getSQL(), type: 'timestamptz' }
    case 'name':
      return { value: sql`lower(${agents.name})`, type: 'text' }
    case 'status':
      return {
        value: sql`array_position(array['error', 'running', 'idle', 'paused', 'terminated'], ${agents.status})`,
        type: 'integer',
      }
    case 'lastHeartbeat':
      return { value: coalesce(agents.lastHeartbeatAt, last), type: 'timestamptz' }
    case 'nextHeartbeat':
      return {
        value: ifElse(inArray(agents.status, ['paused', 'terminated']), last, coalesce(agents.nextHeartbeatAt, last)),
        type: 'timestamptz',
      }
    case 'spent':
      return { value: spentMonthlyMicros(executor), type: 'bigint' }
  }
}
