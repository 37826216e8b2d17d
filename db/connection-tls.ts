import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate } from 'node:tls'
import { StartupError } from '@/server/domain/startup-error'

type Parameters = Record<string, string | undefined>

/**
 * TLS as libpq's parameters ask for it; false is none, which is also the default. SCRAM is not bound to the channel here:
 * who requires that gets what it is for, a server whose certificate was checked.
 */
export function tlsOf(given: Parameters, hosts: string[]): false | 'prefer' | ConnectionOptions {
  const mode = modeOf(given)
  if (mode === 'disable') return false
  const certificates = certificatesOf(given)
  if (mode === 'allow' || mode === 'prefer') return 'prefer'
  if (mode === 'require' && !certificates.ca) return { ...certificates, rejectUnauthorized: false }
  if (mode === 'no-verify') return { ...certificates, rejectUnauthorized: false }
  // As libpq does it: a given authority is checked also where only encryption was asked for.
  if (mode === 'require' || mode === 'verify-ca') return { ...certificates, checkServerIdentity: () => undefined }
  return { ...certificates, checkServerIdentity: (name, certificate) => checkName(name, certificate, hosts) }
}

const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'] as const
const modeOfSsl: Record<string, string> = { true: 'require', '1': 'require', false: 'disable', '0': 'disable' }

function modeOf(given: Parameters): (typeof modes)[number] {
  if (given.channel_binding === 'require' || given.sslrootcert === 'system') return 'verify-full'
  const asked = given.sslmode ?? (given.ssl === undefined ? undefined : (modeOfSsl[given.ssl] ?? given.ssl))
  const mode = modes.find((one) => one === (asked ?? (given.sslrootcert ? 'verify-ca' : 'disable')))
  if (!mode) throw new StartupError(`DATABASE_URL: sslmode=${asked} is not known: use one of ${modes.join(', ')}.`)
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
  throw new StartupError(`DATABASE_URL: ${text} is not known as a version of TLS: use TLSv1.2 or TLSv1.3.`)
}

/** postgres.js names a host to TLS only where it is a name: an address is compared here. */
function checkName(name: string, certificate: PeerCertificate, hosts: string[]): Error | undefined {
  const addresses = hosts.filter((host) => isIP(host))
  const names = hosts.includes(name) ? [name] : addresses
  const errors = names.map((one) => checkServerIdentity(one, certificate))
  return errors.includes(undefined) ? undefined : (errors[0] ?? checkServerIdentity(name, certificate))
}
