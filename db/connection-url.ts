import { isIP } from 'node:net'
import { StartupError } from '@/server/domain/startup-error'
import { tlsOf } from './connection-tls'

/** The options of postgres.js from DATABASE_URL. */
export type UrlSettings = {
  host: string[]
  port: number[]
  /** The path of a unix socket, instead of host and port. */
  path?: string
  /** Undefined: PGUSER and similar variables apply, as in PostgreSQL's own programs. */
  user?: string
  pass?: string
  database?: string
  ssl: ReturnType<typeof tlsOf>
  sslnegotiation?: 'direct'
  connect_timeout?: number
  target_session_attrs?: 'primary'
  /** Startup parameters. */
  connection: { options?: string; application_name?: string }
}

/** Parameters of PostgreSQL's own programs or of other clients, which have no effect here and can be ignored. */
const withoutEffect =
  /^(fallback_application_name|keepalives(_(idle|interval|count))?|tcp_user_timeout|sslcompression|sslsni|krbsrvname|connection_limit|pool_timeout|pgbouncer|statement_cache_size|socket_timeout|uselibpqcompat|supa)$/

/** Parameters that may have only these values, since others request unsupported features. */
const fixed: Record<string, RegExp> = {
  schema: /^public$/,
  client_encoding: /^(utf-?8|unicode|auto)$/i,
  encoding: /^(utf-?8|unicode)$/i,
  gssencmode: /^(disable|prefer)$/,
  channel_binding: /^(disable|prefer|require)$/,
  target_session_attrs: /^(any|read-write|primary)$/,
  load_balance_hosts: /^disable$/,
  sslnegotiation: /^(postgres|direct)$/,
}

const known = new Set([
  ...Object.keys(fixed),
  ...['host', 'port', 'user', 'password', 'dbname', 'connect_timeout', 'application_name', 'options'],
  ...['ssl', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'sslpassword'],
  ...['ssl_min_protocol_version', 'ssl_max_protocol_version'],
])

const form = /^postgres(?:ql)?:\/\/(?:([^/?#]*)@)?([^@/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/

/** Parses a connection URL like libpq, with the parameters that providers add. Fails with a StartupError that never contains the URL. */
export function parseConnectionUrl(text: string): UrlSettings {
  const parts = form.exec(text)
  if (!parts) throw notUrl()
  const [, credentials = '', hosts = '', database = '', query = ''] = parts
  const given = Object.fromEntries(new URLSearchParams(query.replaceAll('+', '%2B')))
  checkParameters(given)
  const [user, ...password] = credentials.split(':')
  const places = hostsOf(given.host || decoded(hosts), given.port)
  const direct = given.sslnegotiation === 'direct'
  return compact({
    ...places,
    user: given.user || decoded(user ?? '') || undefined,
    pass: given.password || decoded(password.join(':')) || undefined,
    database: given.dbname || decoded(database) || undefined,
    ssl: places.path ? false : tlsOf(direct ? { sslmode: 'require', ...given } : given, places.host),
    sslnegotiation: direct ? ('direct' as const) : undefined,
    connect_timeout: given.connect_timeout ? Number(given.connect_timeout) || undefined : undefined,
    // Of several hosts, the writable one; a single host reports itself why it is not.
    target_session_attrs: places.host.length > 1 ? ('primary' as const) : undefined,
    connection: compact({ options: given.options, application_name: given.application_name }),
  })
}

function checkParameters(given: Record<string, string>): void {
  for (const [name, value] of Object.entries(given)) {
    if (withoutEffect.test(name)) continue
    if (!known.has(name)) {
      throw new StartupError(
        `DATABASE_URL has the parameter ${name}, which Reveille does not know: take it out. A setting of PostgreSQL is given as options=-c%20NAME=VALUE.`,
      )
    }
    if (fixed[name]?.test(value) === false) throw new StartupError(`DATABASE_URL: ${name}=${value} ${refusals[name]}`)
  }
}

const refusals: Record<string, string> = {
  schema: 'is not supported: Reveille keeps its tables in the schema public. Give it a database of its own.',
  client_encoding: 'is not supported: Reveille uses UTF8. Remove it.',
  encoding: 'is not supported: Reveille uses UTF8. Remove it.',
  gssencmode: 'is not supported: use sslmode=verify-full to encrypt the connection.',
  channel_binding: 'is not supported: remove it.',
  target_session_attrs: 'is not supported: Reveille needs to write. Use read-write.',
  load_balance_hosts: 'is not supported: Reveille uses the first writable host. Remove it.',
  sslnegotiation: 'is unknown: use postgres or direct.',
}

function hostsOf(hosts: string, ports: string | undefined): Pick<UrlSettings, 'host' | 'port' | 'path'> {
  const numbers = ports?.split(',') ?? []
  const places = hosts.split(',').map((text, at) => placeOf(text, numbers[at] || numbers[0]))
  const [first] = places
  if (!first?.host.startsWith('/'))
    return { host: places.map(({ host }) => host), port: places.map(({ port }) => port) }
  if (places.length > 1)
    throw new StartupError('DATABASE_URL names several hosts, and one is a folder: name one folder.')
  const { host, port } = first
  return { host: ['localhost'], port: [port], path: `${host.replace(/\/+$/, '')}/.s.PGSQL.${port}` }
}

/** A name or address, in brackets where it could be parsed as one with a port; or the folder of a unix socket. */
function placeOf(text: string, otherPort: string | undefined): { host: string; port: number } {
  const isBare = isIP(text) !== 0 || text === ''
  const [, bracketed, plain = '', own] = /^(?:\[([^\]]*)\]|(\/.*?|[^:[\]]+))(?::(\d*))?$/.exec(text) ?? []
  const host = isBare ? text || 'localhost' : (bracketed ?? plain)
  const port = Number(own || otherPort || 5432)
  if (host === '' || !Number.isInteger(port) || port < 1 || port > 65_535) throw notUrl()
  return { host, port }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw notUrl()
  }
}

function notUrl(): StartupError {
  return new StartupError(
    'DATABASE_URL must be a URL, such as postgres://user:password@host:5432/name, with any of @ / : ? # % in the password percent-encoded.',
  )
}

function compact<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T
}
