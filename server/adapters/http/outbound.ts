import { lookup as lookUp } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** An address that agents may not be asked at. */
export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED'
}

/** Where machines and clouds keep what is for themselves alone; nothing on the internet has these addresses. */
const never = blockList({
  ipv4: ['169.254.0.0/16', '100.100.100.200/32', '168.63.129.16/32', '192.0.0.192/32', '224.0.0.0/4', '240.0.0.0/4'],
  ipv6: ['fe80::/10', 'fec0::/10', 'fd00:ec2::/32', 'fd00:c1::/32', 'fd20:ce::/32', 'ff00::/8', '2001::/32'],
})

/** This machine, and the networks that only it and its neighbours can reach. */
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

/** All that is given out on the internet; what is outside and carries no IPv4 address is reserved. */
const given = blockList({ ipv4: [], ipv6: ['2000::/3'] })

/** 169.254.169.254 as the end of an address that is not given out: the metadata of one cloud or another. */
const metadataTail = [0xa9fe, 0xa9fe]

/** `REVEILLE_HTTP_PRIVATE`, as the start of the server has checked it. */
function refusesInside(): boolean {
  return process.env.REVEILLE_HTTP_PRIVATE === 'refuse'
}

/** Fails with AddressRefused for an address that may not be asked; a name passes, and is looked at when it is resolved. */
export function refuseAddress(hostname: string): void {
  const address = hostname.replace(/^\[|\]$/g, '')
  if (isIP(address) === 0) return
  for (const form of formsOf(address)) {
    const family = isIP(form) === 6 ? 'ipv6' : 'ipv4'
    if (never.check(form, family) || (family === 'ipv6' && isReserved(form))) {
      throw new AddressRefused(
        `Agents may not be asked at ${address}: such addresses are for machines and clouds themselves`,
      )
    }
    if (refusesInside() && inside.check(form, family)) {
      throw new AddressRefused(
        `Agents may not be asked at ${address}, which is a private address (REVEILLE_HTTP_PRIVATE is refuse)`,
      )
    }
  }
}

/**
 * For a connection: the addresses of a name, where every one of them may be asked. The connection is made to what was
 * looked at, so a name that leads elsewhere a moment later changes nothing.
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
  if (given.check(address, 'ipv6')) return false
  if (!inside.check(address, 'ipv6')) return true
  return wordsOf(address)
    .slice(-2)
    .every((word, at) => word === metadataTail[at])
}

/**
 * An IPv6 address may carry an IPv4 one, which is then what it leads to: mapped, compatible, translated (NAT64, SIIT), or
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

/** The eight numbers of an IPv6 address; its zone is no part of them. */
function wordsOf(address: string): number[] {
  const [bare = ''] = address.split('%')
  // The URL parser writes every form in one way.
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
