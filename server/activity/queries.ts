import type { Executor } from '@/db/client'
import type { ActorType } from '@/server/domain/wakeup-status'
import { type ActivityCursor, cursorOf } from './input'

export type ActivityFilter = {
  /** null: the lines that concern no company. */
  companyId: string | null
  actorId?: string
  action?: string
  subjectType?: string
  subjectId?: string
  since?: Date
  until?: Date
}

export type ActivityLine = {
  id: number
  companyId: string | null
  createdAt: Date
  actorType: ActorType
  actorId: string | null
  /** As they are called now; null for REVEILLE_TOKEN, the server, and who is gone. */
  actorName: string | null
  action: string
  subjectType: string
  subjectId: string | null
  subjectName: string | null
  details: Record<string, unknown>
  address: string | null
  userAgent: string | null
  via: string | null
  viaId: string | null
}

/** Newest first. */
export async function listActivity(
  sql: Executor,
  filter: ActivityFilter,
  page: { limit: number; cursor?: ActivityCursor | null },
): Promise<{ items: ActivityLine[]; nextCursor: string | null }> {
  const rows = await sql<ActivityLine[]>`${activityLines(sql, filter, page.cursor ?? null, page.limit + 1)}`
  const items = rows.slice(0, page.limit)
  const last = items.at(-1)
  const isMore = rows.length > page.limit && last
  return { items, nextCursor: isMore ? cursorOf({ at: last.createdAt, id: last.id }) : null }
}

export function activityLines(sql: Executor, filter: ActivityFilter, cursor: ActivityCursor | null, limit: number) {
  const { companyId, actorId, action, subjectType, subjectId, since, until } = filter
  return sql`
    select l.*, coalesce(l.details, '{}') as details,
      coalesce((select name from people where l.actor_type = 'user' and id = ${idOf(sql, sql`l.actor_id`)}),
        (select name from agents where l.actor_type = 'agent' and id = ${idOf(sql, sql`l.actor_id`)})) as actor_name,
      ${nameOfSubject(sql)} as subject_name
    from (
      select * from activity_log
      where ${companyId === null ? sql`company_id is null` : sql`company_id = ${companyId}`}
        ${actorId ? sql`and actor_id = ${actorId}` : sql``}
        ${action ? sql`and action = ${action}` : sql``}
        ${subjectType ? sql`and subject_type = ${subjectType}` : sql``}
        ${subjectId ? sql`and subject_id = ${subjectId}` : sql``}
        ${since ? sql`and created_at >= ${since}` : sql``}
        ${until ? sql`and created_at < ${until}` : sql``}
        ${cursor ? sql`and (created_at, id) < (${cursor.at}, ${cursor.id})` : sql``}
      order by created_at desc, id desc limit ${limit}
    ) l order by l.created_at desc, l.id desc`
}

/** What has a name of its own, while it is there: a log line is read by people. */
function nameOfSubject(sql: Executor) {
  const id = idOf(sql, sql`l.subject_id`)
  return sql`
    case l.subject_type
      when 'agent' then (select name from agents where id = ${id})
      when 'company' then (select name from companies where id = ${id})
      when 'key' then (select name from agent_api_keys where id = ${id})
      when 'token' then (select name from personal_tokens where id = ${id})
      when 'person' then (select name from people where id = ${id})
      when 'member' then coalesce((select email from invitations where id = ${id}),
        (select p.name from memberships m join people p on p.id = m.person_id where m.id = ${id}))
    end`
}

/** The uuid of a text that may be none, so that the primary key is used. */
function idOf(sql: Executor, column: ReturnType<Executor>) {
  return sql`case when ${column} ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then ${column}::uuid end`
}
