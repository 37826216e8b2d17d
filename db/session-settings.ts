import type { ClientOptions } from './connection'

const defaultLeaseMs = 15_000

/** The longest time of a statement, except in migrations. */
export const statementTimeoutMs = 15_000

/**
 * The required settings of every session, in PostgreSQL's own notation: a database, a role or a pooler may set any of them
 * differently. Read-only is not changed: providers switch it on when a disk is full, and operators on purpose.
 */
const meaning = {
  search_path: 'public',
  client_encoding: 'UTF8',
  default_transaction_isolation: 'read committed',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  exit_on_error: 'off',
  // An idle session may hold locks, a lease or LISTEN.
  idle_session_timeout: '0',
}

export function sessionSettings(options: ClientOptions): Record<string, string> {
  const thirdMs = Math.floor((options.leaseMs ?? defaultLeaseMs) / 3)
  const untimed = options.statementTimeoutMs === 0
  return {
    ...meaning,
    idle_in_transaction_session_timeout: String(untimed ? 0 : thirdMs),
    lock_timeout: String(untimed ? 0 : Math.min(thirdMs, 4000)),
    statement_timeout: String(options.statementTimeoutMs ?? statementTimeoutMs),
    // JIT compilation takes longer than any statement here.
    jit: 'off',
  }
}

/** Statements for each new session, instead of startup parameters, which poolers reject or ignore. */
export function sessionStatements(settings: Record<string, string>): string {
  const sets = Object.entries(settings).map(([name, value]) => `set ${name} to ${listed(value)}`)
  // Exists since PostgreSQL 17.
  const newer = `select set_config(name, '0', false) from pg_catalog.pg_settings where name = 'transaction_timeout'`
  return [...sets, newer].join('; ')
}

function listed(value: string): string {
  const texts = value.split(', ').map((text) => `'${text}'`)
  return texts.join(', ')
}
