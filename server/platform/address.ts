import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

/** The proxies in front of this server whose `X-Forwarded-*` headers are trusted: addresses and CIDR ranges. */
export type TrustedProxies = { has(address: string): boolean }

/** Fails with the entry that is neither an address nor a range. */
export function trustedProxies(entries: readonly string[]): TrustedProxies {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const family = isIP(address)
    const prefix = bits === undefined ? (family === 6 ? 128 : 32) : Number(bits)
    if (family === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > (family === 6 ? 128 : 32)) {
      throw new Error(entry)
    }
    list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4')
  }
  const has = (address: string) => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  return { has: entries.length > 0 ? has : () => false }
}

/**
 * The address a request comes from. Behind a trusted proxy: the last entry of `X-Forwarded-For` that is not a trusted
 * proxy itself, since the client can forge all entries before it. From other peers the header is ignored.
 */
export function addressOf(request: IncomingMessage, trusted: TrustedProxies): string {
  const peer = plain(request.socket.remoteAddress ?? '')
  if (!trusted.has(peer)) return peer
  const forwarded = String(request.headers['x-forwarded-for'] ?? '')
  const hops = forwarded.split(',').map((hop) => plain(hop.trim()))
  for (const hop of hops.reverse()) {
    if (isIP(hop) === 0) return peer
    if (!trusted.has(hop)) return hop
  }
  return peer
}

/** Whether the browser uses TLS, according to a trusted proxy. */
export function isForwardedTls(request: IncomingMessage, trusted: TrustedProxies): boolean {
  if (!trusted.has(plain(request.socket.remoteAddress ?? ''))) return false
  return (
    String(request.headers['x-forwarded-proto'] ?? '')
      .split(',')[0]
      ?.trim() === 'https'
  )
}

/** `::ffff:10.0.0.1` → `10.0.0.1`: one form per address. */
function plain(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  return mapped?.[1] ?? address
}
