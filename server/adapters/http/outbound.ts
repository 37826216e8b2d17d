import { lookup as lookUp } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** An address that agents may not be asked at. */
export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED'
}

/** Where machines and clouds keep what is for themselves alone; nothing on the internet has these addresses. */
const never = blockList({
  ipv4: ['169.254.0.0/16', '100.100.100.200/32', '168.63.129.16/32', '192.0.0.192/32', '224.0.0.0/4', '240.0.0.0/4'],
  ipv6: ['fe80::/10', 'fd00:ec2::/32', 'fd20:ce::254/128', 'ff00::/8'],
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
    if (never.check(form, family)) {
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

/** An IPv6 address may carry an IPv4 one: mapped, compatible, translated (NAT64), or tunnelled (6to4). */
function formsOf(address: string): string[] {
  if (isIP(address) !== 6) return [address]
  const words = wordsOf(address)
  const [first = 0, second = 0, third = 0] = words
  const carried = (high: number, low: number) => [high >> 8, high & 255, low >> 8, low & 255].join('.')
  const tail = carried(words[6] ?? 0, words[7] ?? 0)
  const isLow = words.slice(0, 5).every((word) => word === 0) && [0, 0xffff].includes(words[5] ?? 0)
  if (isLow && (words[6] ?? 0) !== 0) return [address, tail]
  if (first === 0x64 && second === 0xff9b) return [address, tail]
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
