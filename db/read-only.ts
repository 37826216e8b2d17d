import type { Executor } from './connection'

/**
 * Why the database cannot be written, or null. Checks this session and, since a pool may contain sessions from
 * before a change, the settings of the next session.
 */
export async function readOnlyReason(sql: Executor): Promise<string | null> {
  const [row] = await sql<[{ isStandby: boolean; isReadOnly: boolean }]>`
    select pg_is_in_recovery() as is_standby,
      current_setting('transaction_read_only') = 'on' or coalesce((
        select split_part(setting, '=', 2)::boolean
        from pg_catalog.pg_db_role_setting s, unnest(setconfig) as setting
        where setting like 'default_transaction_read_only=%'
          and setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
          and setrole in (0, (select oid from pg_catalog.pg_roles where rolname = session_user))
        order by setrole = 0, setdatabase = 0 limit 1), false) as is_read_only`
  if (row.isStandby) return 'The database is a standby.'
  return row.isReadOnly ? 'The database is read-only.' : null
}
