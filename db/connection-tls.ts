import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate } from 'node:tls'
import { StartupError } from '@/server/domain/startup-error'

type Parameters = Record<string, string | undefined>

/**
 * TLS settings from libpq's parameters; false: no TLS, the default. SCRAM channel binding is not supported:
 * where it is required, the certificate of the server is verified instead.
 */
export function tlsOf(given: Parameters, hosts: string[]): false | 'prefer' | ConnectionOptions {
  const mode = modeOf(given)
  if (mode === 'disable') return false
  const certificates = certificatesOf(given)
  if (mode === 'allow' || mode === 'prefer') return 'prefer'
  if (mode === 'require' && !certificates.ca) return { ...certificates, rejectUnauthorized: false }
  if (mode === 'no-verify') return { ...certificates, rejectUnauthorized: false }
  // Like libpq: a given certificate authority is also checked where only encryption was requested.
  if (mode === 'require' || mode === 'verify-ca') return { ...certificates, checkServerIdentity: () => undefined }
  return { ...certificates, checkServerIdentity: (name, certificate) => checkName(name, certificate, hosts) }
}

const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'] as const
const modeOfSsl: Record<string, string> = { true: 'require', '1': 'require', false: 'disable', '0': 'disable' }

function modeOf(given: Parameters): (typeof modes)[number] {
  if (given.channel_binding === 'require' || given.sslrootcert === 'system') return 'verify-full'
  const asked = given.sslmode ?? (given.ssl === undefined ? undefined : (modeOfSsl[given.ssl] ?? given.ssl))
  const mode = modes.find((one) => one === (asked ?? (given.sslrootcert ? 'verify-ca' : 'disable')))
  if (!mode) throw new StartupError(`DATABASE_URL: sslmode=${asked} is unknown: use one of ${modes.join(', ')}.`)
  if (mode === 'verify-ca' && !given.sslrootcert) {
    throw new StartupError(
      'DATABASE_URL: sslmode=verify-ca needs sslrootcert, the file of the authority; or use verify-full.',
    )
  }
  return mode
}

function certificatesOf(given: Parameters): ConnectionOptions {
  const file = (name: string) => {
    const path = given[name]
    if (!path || path === 'system') return {}
    try {
      return { [{ sslrootcert: 'ca', sslcert: 'cert' }[name] ?? 'key']: readFileSync(path) }
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : error
      throw new StartupError(`DATABASE_URL: the file of ${name}, ${path}, cannot be read (${code}).`)
    }
  }
  return {
    ...file('sslrootcert'),
    ...file('sslcert'),
    ...file('sslkey'),
    ...(given.sslpassword ? { passphrase: given.sslpassword } : {}),
    ...version('minVersion', given.ssl_min_protocol_version),
    ...version('maxVersion', given.ssl_max_protocol_version),
  }
}

function version(name: 'minVersion' | 'maxVersion', text: string | undefined): ConnectionOptions {
  if (!text) return {}
  if (text === 'TLSv1.2' || text === 'TLSv1.3') return { [name]: text }
  throw new StartupError(`DATABASE_URL: ${text} is not a known version of TLS: use TLSv1.2 or TLSv1.3.`)
}

/** postgres.js lets TLS verify host names only: an address is compared here. */
function checkName(name: string, certificate: PeerCertificate, hosts: string[]): Error | undefined {
  const addresses = hosts.filter((host) => isIP(host))
  const names = hosts.includes(name) ? [name] : addresses
  const errors = names.map((one) => checkServerIdentity(one, certificate))
  return errors.includes(undefined) ? undefined : (errors[0] ?? checkServerIdentity(name, certificate))
}
