import { lookup as lookUp } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** Requests to this address are not allowed. */
export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED'
}

/** Link-local, cloud metadata and multicast addresses; no public host has them. */
const forbidden = blockList({
  ipv4: ['169.254.0.0/16', '100.100.100.200/32', '168.63.129.16/32', '192.0.0.192/32', '224.0.0.0/4', '240.0.0.0/4'],
  ipv6: ['fe80::/10', 'fec0::/10', 'fd00:ec2::/32', 'fd00:c1::/32', 'fd20:ce::/32', 'ff00::/8', '2001::/32'],
})

/** Loopback and private networks. */
const inside = blockList({
  ipv4: [
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '172.16.0.0/12',
    '192.0.0.0/24',
    '192.168.0.0/16',
    '198.18.0.0/15',
  ],
  ipv6: ['::/127', 'fc00::/7'],
})

/** Global unicast addresses; others that embed no IPv4 address are reserved. */
const globalUnicast = blockList({ ipv4: [], ipv6: ['2000::/3'] })

/** 169.254.169.254 as the end of a private IPv6 address: the metadata service of some cloud. */
const metadataTail = [0xa9fe, 0xa9fe]

/** `REVEILLE_HTTP_PRIVATE`, which was validated at start. */
function refusesInside(): boolean {
  return process.env.REVEILLE_HTTP_PRIVATE === 'refuse'
}

/** Fails with AddressRefused for a forbidden address; a host name passes, and is checked when it is resolved. */
export function refuseAddress(hostname: string): void {
  const address = hostname.replace(/^\[|\]$/g, '')
  if (isIP(address) === 0) return
  for (const form of formsOf(address)) {
    const family = isIP(form) === 6 ? 'ipv6' : 'ipv4'
    if (forbidden.check(form, family) || (family === 'ipv6' && isReserved(form))) {
      throw new AddressRefused(
        `Requests to ${address} are not allowed: such addresses are reserved for machines and clouds themselves`,
      )
    }
    if (refusesInside() && inside.check(form, family)) {
      throw new AddressRefused(
        `Requests to ${address} are not allowed: it is a private address (REVEILLE_HTTP_PRIVATE is refuse)`,
      )
    }
  }
}

/**
 * Resolves a name for a connection, and fails unless all of its addresses are allowed. The connection is made to the
 * checked addresses, so a name that resolves differently a moment later changes nothing.
 */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  lookUp(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, [])
    try {
      for (const { address } of addresses) refuseAddress(address)
    } catch (refusal) {
      return callback(refusal as NodeJS.ErrnoException, [])
    }
    const [first] = addresses
    if (options.all || !first) return callback(null, addresses)
    callback(null, first.address, first.family)
  })
}

function isReserved(address: string): boolean {
  if (globalUnicast.check(address, 'ipv6')) return false
  if (!inside.check(address, 'ipv6')) return true
  return wordsOf(address)
    .slice(-2)
    .every((word, at) => word === metadataTail[at])
}

/**
 * An IPv6 address may embed an IPv4 one, which is then the destination: mapped, compatible, translated (NAT64, SIIT), or
 * tunnelled (6to4, ISATAP).
 */
function formsOf(address: string): string[] {
  if (isIP(address) !== 6) return [address]
  const words = wordsOf(address)
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] = words
  const carried = (high = 0, low = 0) => [high >> 8, high & 255, low >> 8, low & 255].join('.')
  const tail = carried(words[6], words[7])
  const isLow = [first, second, third, fourth].every((word) => word === 0)
  const isMapped = (fifth === 0 && [0, 0xffff].includes(sixth)) || (fifth === 0xffff && sixth === 0)
  if (isLow && isMapped && ((words[6] ?? 0) !== 0 || fifth + sixth > 0)) return [tail]
  if (first === 0x64 && second === 0xff9b) return [tail]
  if ((fifth & 0xfdff) === 0 && sixth === 0x5efe) return [address, tail]
  return first === 0x2002 ? [address, carried(second, third)] : [address]
}

/** The eight numbers of an IPv6 address, without its zone. */
function wordsOf(address: string): number[] {
  const [bare = ''] = address.split('%')
  // The URL parser normalises all notations.
  const [head = '', tail] = new URL(`http://[${bare}]`).hostname.slice(1, -1).split('::')
  const numbers = (text: string) => (text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16)))
  const front = numbers(head)
  const back = tail === undefined ? [] : numbers(tail)
  return [...front, ...Array(8 - front.length - back.length).fill(0), ...back]
}

function blockList(ranges: { ipv4: string[]; ipv6: string[] }): BlockList {
  const list = new BlockList()
  for (const family of ['ipv4', 'ipv6'] as const) {
    for (const range of ranges[family]) {
      const [address = '', bits] = range.split('/')
      list.addSubnet(address, Number(bits), family)
    }
  }
  return list
}
