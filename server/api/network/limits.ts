import { createHash } from 'node:crypto'
import { ApiError } from '@/server/domain/errors'
import { type Actor, scopeOf } from '@/server/identity/access/actor'
import { type Buckets, createBuckets } from './bucket'
import { createCounter } from './counter'
import { createSubscriptionLimit, type Place } from './subscription-limit'

export type Limits = {
  /**
   * Who `identify` says calls, unless they call too often. Credentials that are not good, and calls without any, are
   * counted per address; those that are good per actor. Errors: `rate_limited`, with the seconds to wait.
   */
  admit(caller: Presented, identify: () => Promise<Actor | null>): Promise<Actor | null>
  /** For pages, which anyone may open. */
  page(address: string): void
  /** For signing in, whose guesses at passwords are counted more strictly elsewhere. */
  guest(address: string): void
  /** For a socket that is about to be opened; `leave` when it has closed. */
  socket(address: string): Place
  /**
   * For a subscription that is about to begin; `leave` when it has ended. `socket` is null over HTTP, where each has a
   * connection of its own. Errors: `rate_limited`.
   */
  subscription(socket: object | null, actor: Actor): Place
}

/** What a caller shows. `isTrusted`: it is proven without a look, such as the signed token of a run. */
export type Presented = { address: string; credential: string | null; isTrusted?: boolean }

const rates = {
  /** Guesses: a program that holds an old token, a permission test, an attacker. */
  failures: { burst: 500, perSec: 10 },
  nobody: { burst: 2000, perSec: 100 },
  pages: { burst: 1000, perSec: 50 },
  sockets: { burst: 1000, perSec: 50 },
  agents: { burst: 2000, perSec: 200 },
  people: { burst: 5000, perSec: 500 },
} as const

const mostSocketsOfAddress = 2000
const mostSockets = 10_000
const mostKnown = 10_000

export function createLimits({ nowMs }: { nowMs?: () => number } = {}): Limits {
  const by = Object.fromEntries(
    Object.entries(rates).map(([name, rate]) => [name, createBuckets({ ...rate, nowMs })]),
  ) as unknown as Record<keyof typeof rates, Buckets>
  const known = new Set<string>()
  const socketsOf = createCounter<string>()
  let openInAll = 0

  return {
    async admit({ address, credential, isTrusted = false }, identify) {
      const mark = credential === null ? null : createHash('sha256').update(credential).digest('base64url')
      // While an address guesses, only what was good before is looked at: a right guess then helps nobody.
      if (mark !== null && !isTrusted && !known.has(mark)) refuseAfter(by.failures.wait(address))
      const actor = await identify().catch((error) => {
        if (mark !== null) known.delete(mark)
        if (error instanceof ApiError && error.reason === 'unauthenticated') refuseAfter(by.failures.take(address))
        throw error
      })
      if (!actor) {
        refuseAfter(by.nobody.take(address))
        return null
      }
      if (mark !== null) remember(known, mark)
      if (isExempt(actor)) return actor
      const isAgent = actor.kind === 'agent' || actor.kind === 'run'
      refuseAfter(isAgent ? by.agents.take(actor.agentId) : by.people.take(idOf(actor)))
      return actor
    },
    guest: (address) => refuseAfter(by.nobody.take(address)),
    page: (address) => refuseAfter(by.pages.take(address)),
    socket(address) {
      refuseAfter(by.sockets.take(address))
      if (socketsOf.count(address) >= mostSocketsOfAddress || openInAll >= mostSockets) refuseAfter(10)
      const leave = socketsOf.enter(address)
      openInAll++
      return {
        leave() {
          openInAll--
          leave()
        },
      }
    },
    subscription: createSubscriptionLimit(),
  }
}

/** Automation with owner rights may go as fast as the server does. */
function isExempt(actor: Actor): boolean {
  return (actor.kind === 'operator_token' && actor.scope === null) || (actor.kind === 'person' && actor.isOwner)
}

function idOf(actor: Actor): string {
  return actor.kind === 'person' ? actor.personId : (scopeOf(actor)?.tokenId ?? actor.kind)
}

function remember(known: Set<string>, mark: string): void {
  known.add(mark)
  if (known.size > mostKnown) known.delete(known.values().next().value ?? mark)
}

function refuseAfter(waitSec: number): void {
  if (waitSec === 0) return
  throw new ApiError('rate_limited', `Too many requests. Try again in ${waitSec} s.`, undefined, waitSec)
}
