import type { PendingQuery, Row } from 'postgres'
import type { Executor } from '@/db/client'
import type { CompanyId } from '@/server/domain/ids'

/** Ids are shown by their end, which no index knows: it is looked for among so many of the newest. */
const newestByTail = 5_000
const mostAgents = 50
const wholeId = 36

type Fragment = PendingQuery<Row[]>
type Search = { text: string; companyId: CompanyId; passes: Fragment; newest: Fragment }

/**
 * A query for the ids of the runs that a text finds: by words in the error (each the beginning of one), by a part of the
 * agent's name, or by an id, whole or its end. Each way brings its newest, so that the newest of all are among them.
 */
export function foundBy(sql: Executor, { text, companyId, passes, newest }: Search): Fragment {
  const words = wordsOf(text)
  const id = idOf(text)
  const byName = sql`
    select r.id from (
      select id from agents where company_id = ${companyId} and name ilike ${`%${escaped(text)}%`}
      order by name, id limit ${mostAgents}
    ) named cross join lateral (
      select id from heartbeat_runs where agent_id = named.id and ${passes} ${newest}
    ) r`
  const byError = sql`
    (select id from heartbeat_runs
    where error is not null and ${errorWords(sql)} @@ to_tsquery('simple', ${words.join(' & ')}) and ${passes} ${newest})`
  const byId =
    id?.length === wholeId
      ? sql`select id from heartbeat_runs where id = ${id} and ${passes}`
      : sql`
        select id from (
          select id, created_at from heartbeat_runs where ${passes} order by created_at desc, id desc limit ${newestByTail}
        ) recent where right(id::text, ${id?.length ?? 0}) = ${id}`
  return sql`${byName} ${words.length > 0 ? sql`union ${byError}` : sql``} ${id ? sql`union ${byId}` : sql``}`
}

/** As the index `runs_error_words` has it, to the letter. */
function errorWords(sql: Executor) {
  return sql`to_tsvector('simple', regexp_replace(left(error, 4000), '[^[:alnum:]]+', ' ', 'g'))`
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
