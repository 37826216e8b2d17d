import { AddressRefused } from './outbound'
import { RedirectRefused } from './request'

/** Why an address could not be asked, as a sentence. */
export function faultSentence(error: unknown, url: string): string {
  const { host, hostname } = new URL(url)
  if (error instanceof RedirectRefused) return `The agent at ${host} was not asked: ${error.message}.`
  if (error instanceof AddressRefused) return `${error.message}.`
  const code = codeOf(error)
  return known(code, host, hostname) ?? `The agent at ${host} could not be asked (${code || 'unknown error'}).`
}

function known(code: string, host: string, hostname: string): string | null {
  switch (code) {
    case 'ENOTFOUND':
      return `The name ${hostname} was not found. Check the URL.`
    case 'EAI_AGAIN':
      return `The name ${hostname} could not be looked up at the moment.`
    case 'ECONNREFUSED':
      return `Nothing answers at ${host}: the connection was refused.`
    case 'ECONNRESET':
    case 'ERR_STREAM_PREMATURE_CLOSE':
    case 'EPIPE':
      return `The agent at ${host} closed the connection before it had answered.`
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `The host ${host} could not be reached (${code}).`
    case 'CERT_HAS_EXPIRED':
      return `The certificate of ${host} has expired.`
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `The certificate of ${host} was made for another name.`
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `The certificate of ${host} was not signed by an authority that this server knows.`
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return `${host} does not speak TLS as https:// needs it.`
    case 'ERR_INVALID_CHAR':
    case 'ERR_HTTP_INVALID_HEADER_VALUE':
      return 'A header holds a character that may not stand there, such as a line break.'
    case 'ANSWER_TOO_LARGE':
      return `What ${host} answers is too large when it is decompressed.`
    default:
      if (/^Z_|^ERR__?(BROTLI|ERROR)/.test(code)) return `What ${host} answers is not compressed as it says.`
      return code.startsWith('HPE_') ? `What ${host} answers is not HTTP.` : null
  }
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
