import postgres from 'postgres'
import { StartupError } from '@/server/domain/startup-error'
import { causesOf, codeOf, isConnectionError } from './errors'

/** Explains an error of the database or the connection to it at start as a StartupError of one or two sentences; returns any other error unchanged. */
export function explainDatabaseError(error: unknown): unknown {
  const causes = causesOf(error)
  if (causes.some((cause) => cause instanceof StartupError)) return error
  const refusal = causes.find((cause) => cause instanceof postgres.PostgresError)
  if (refusal instanceof postgres.PostgresError) return new StartupError(explainRefusal(refusal))
  const cause = causes.at(-1)
  if (!cause) return error
  const said = oneLine(cause.message || codeOf(cause))
  const tls = explainTls(cause)
  if (tls) return new StartupError(`The database cannot be reached by TLS (${said}): ${tls}`)
  if (codeOf(cause) === 'CONNECTION_NOT_PRIMARY') {
    return new StartupError('None of the hosts of DATABASE_URL can be written to: all that answer are standbys.')
  }
  return isConnectionError(error)
    ? new StartupError(`The database cannot be reached (${said}): check DATABASE_URL.`)
    : error
}

const hints: Record<string, string> = {
  '25006': 'Reveille writes: name the primary, or switch default_transaction_read_only off.',
  '28000': 'check the user of DATABASE_URL and pg_hba.conf; where that asks for encryption, add sslmode=require.',
  '28P01': 'check the user and the password of DATABASE_URL.',
  '3D000': 'create it, or check the name in DATABASE_URL.',
  '42501': 'the user of DATABASE_URL needs CREATE on the database and on its schema public, or to own them.',
  '53300': 'raise max_connections, or lower REVEILLE_DATABASE_CONNECTIONS.',
  '57P03': 'start Reveille again when it is up.',
}

function explainRefusal({ message, code }: postgres.PostgresError): string {
  const said = `The database refuses (${oneLine(message)}, ${code})`
  if (/statement pooling/i.test(message)) return poolingSentence
  if (/unsupported startup parameter/i.test(message)) {
    return `${said}: a pooler does not accept this parameter. Remove it from DATABASE_URL, or add it to PgBouncer's ignore_startup_parameters.`
  }
  return hints[code] ? `${said}: ${hints[code]}` : `${said}.`
}

export const poolingSentence =
  'Between Reveille and the database is a pooler that gives each transaction another session, as PgBouncer does with ' +
  'pool_mode = transaction: locks, timeouts and LISTEN of a session would be lost. Set pool_mode = session for this ' +
  'database, or give DATABASE_URL the address of PostgreSQL itself.'

function explainTls(cause: Error): string | null {
  const code = codeOf(cause)
  if (/before secure TLS connection|wrong version number|EPROTO/i.test(`${cause.message} ${code}`)) {
    return 'it may not speak TLS, which DATABASE_URL asks for with sslmode, sslrootcert or channel_binding.'
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return 'its certificate is for another name: use that name in DATABASE_URL, or sslmode=verify-ca with sslrootcert.'
  }
  const isCertificate = /^(CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|INVALID_CA|PATH_LENGTH|HOSTNAME_MISMATCH)/.test(code)
  if (!isCertificate) return null
  return 'name the authority of its certificate with sslrootcert=FILE in DATABASE_URL; sslmode=verify-full and channel_binding=require check it.'
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
