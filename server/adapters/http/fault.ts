import { AddressRefused } from './outbound'
import { RedirectRefused } from './request'

/** Why a request failed, as a sentence. */
export function faultSentence(error: unknown, url: string): string {
  const { host, hostname } = new URL(url)
  if (error instanceof RedirectRefused) return `No request was sent to the agent at ${host}: ${error.message}.`
  if (error instanceof AddressRefused) return `${error.message}.`
  const code = codeOf(error)
  return known(code, host, hostname) ?? `The request to the agent at ${host} failed (${code || 'unknown error'}).`
}

function known(code: string, host: string, hostname: string): string | null {
  switch (code) {
    case 'ENOTFOUND':
      return `The name ${hostname} was not found. Check the URL.`
    case 'EAI_AGAIN':
      return `The name ${hostname} could not be resolved at the moment.`
    case 'ECONNREFUSED':
      return `Nothing answers at ${host}: the connection was refused.`
    case 'ECONNRESET':
    case 'ERR_STREAM_PREMATURE_CLOSE':
    case 'EPIPE':
      return `The agent at ${host} closed the connection before it had responded.`
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `The host ${host} could not be reached (${code}).`
    case 'CERT_HAS_EXPIRED':
      return `The certificate of ${host} has expired.`
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `The certificate of ${host} was issued for another name.`
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `The certificate of ${host} was not signed by an authority that this server trusts.`
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return `${host} does not support TLS, which https:// needs.`
    case 'ERR_INVALID_CHAR':
    case 'ERR_HTTP_INVALID_HEADER_VALUE':
      return 'A header contains an invalid character, such as a line break.'
    case 'ANSWER_TOO_LARGE':
      return `The response of ${host} is too large when it is decompressed.`
    default:
      if (/^Z_|^ERR__?(BROTLI|ERROR)/.test(code)) return `The response of ${host} is not compressed as its headers say.`
      return code.startsWith('HPE_') ? `The response of ${host} is not HTTP.` : null
  }
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
