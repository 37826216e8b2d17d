import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { ApiError } from '@/server/domain/errors'
import type { Actor } from '@/server/identity/access/actor'
import { addressOf, isForwardedTls, trustedProxies } from '@/server/platform/address'
import { createBuckets } from './bucket'
import { createLimits } from './limits'
import type { Slot } from './subscription-limit'
import { shortUserAgent } from './user-agent'

test('a bucket allows its burst at once, then its rate, and drops only the keys unused for longest', () => {
  let now = 0
  const buckets = createBuckets({ burst: 3, perSec: 2, mostKeys: 2, nowMs: () => now })
  expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([0, 0, 0, 1])
  now += 500
  expect([buckets.take('a'), buckets.take('a')]).toEqual([0, 1])
  buckets.take('b')
  buckets.take('a')
  buckets.take('c')
  expect(buckets.take('a')).toBe(1)
})

const nobodyKnows = async () => {
  throw new ApiError('unauthenticated', 'no')
}

test('an address that guesses is limited, even with the right guess; known credentials and other addresses are not', async () => {
  const limits = createLimits()
  const agent: Actor = { kind: 'agent', keyId: 'k', agentId: 'a', companyId: 'c' }
  const address = '10.0.0.1'
  await limits.admit({ address, credential: 'known' }, async () => agent)
  const answers = new Map<string, number>()
  for (let guess = 0; guess < 1000; guess++) {
    const reason = await limits
      .admit({ address, credential: `guess ${guess}` }, nobodyKnows)
      .catch((error) => error.reason)
    answers.set(reason, (answers.get(reason) ?? 0) + 1)
  }
  expect(answers.get('unauthenticated')).toBeGreaterThanOrEqual(500)
  expect(answers.get('rate_limited')).toBeGreaterThan(300)
  const right = limits.admit({ address, credential: 'the right guess' }, async () => agent)
  await expect(right).rejects.toMatchObject({ reason: 'rate_limited', retryAfterSec: 1 })
  expect(await limits.admit({ address, credential: 'known' }, async () => agent)).toBe(agent)
  expect(await limits.admit({ address, credential: 'signed', isTrusted: true }, async () => agent)).toBe(agent)
  expect(await limits.admit({ address: '10.0.0.2', credential: 'new' }, async () => agent)).toBe(agent)
})

test('an agent that calls without pause is limited; automation with the operator token is not', async () => {
  const limits = createLimits()
  const calls = async (actor: Actor, count: number) => {
    let refused = 0
    for (let at = 0; at < count; at++) {
      await limits.admit({ address: '::1', credential: actor.kind }, async () => actor).catch(() => refused++)
    }
    return refused
  }
  expect(await calls({ kind: 'agent', keyId: 'k', agentId: 'a', companyId: 'c' }, 5000)).toBeGreaterThan(1000)
  expect(await calls({ kind: 'operator_token', scope: null }, 20_000)).toBe(0)
})

test('an address may have a limited number of sockets, and another one when one closes', () => {
  let now = 0
  const limits = createLimits({ nowMs: () => now })
  const slots: Slot[] = []
  const open = () => {
    try {
      slots.push(limits.socket('10.0.0.9'))
      return null
    } catch (error) {
      return error instanceof ApiError ? error.reason : String(error)
    }
  }
  for (let at = 0; at < 1000; at++) expect(open()).toBe(null)
  expect(open()).toBe('rate_limited')
  // In their own time there may be twice as many, and no more however long they take.
  now += 3_600_000
  for (let at = 0; at < 1000; at++) expect(open()).toBe(null)
  now += 3_600_000
  expect(open()).toBe('rate_limited')
  slots[0]?.leave()
  expect(open()).toBe(null)
})

function from(remoteAddress: string, headers: Record<string, string> = {}) {
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage
}

test('only headers of a trusted proxy count, and of them only what it has seen itself', () => {
  const trusted = trustedProxies(['10.0.0.0/8', '::1'])
  const forged = { 'x-forwarded-for': '1.1.1.1, 203.0.113.9, 10.0.0.7', 'x-forwarded-proto': 'https' }
  expect(addressOf(from('198.51.100.4', forged), trusted)).toBe('198.51.100.4')
  expect(addressOf(from('::ffff:10.0.0.5', forged), trusted)).toBe('203.0.113.9')
  expect(addressOf(from('::1', { 'x-forwarded-for': 'nonsense' }), trusted)).toBe('::1')
  expect(isForwardedTls(from('198.51.100.4', forged), trusted)).toBe(false)
  expect(isForwardedTls(from('10.0.0.5', forged), trusted)).toBe(true)
  for (const bad of ['10.0.0.0/33', 'proxy', '10.0.0.0/x', '::/129']) expect(() => trustedProxies([bad])).toThrow(bad)
})

test('a user agent is shortened to name, version and system of a browser, or to the first word of a program', () => {
  const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36'
  expect(shortUserAgent(chrome)).toBe('Chrome 156, Linux')
  expect(shortUserAgent('curl/8.5.0')).toBe('curl/8.5.0')
  expect(shortUserAgent(`${'x'.repeat(500)}\u0000`)).toHaveLength(60)
  expect(shortUserAgent(undefined)).toBe(null)
})
