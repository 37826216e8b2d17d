import { createHash } from 'node:crypto'
import { ApiError } from '@/server/domain/errors'
import { type Actor, scopeOf } from '@/server/identity/access/actor'
import { type Buckets, createBuckets } from './bucket'
import { createCounter } from './counter'
import { createSubscriptionLimit, type Slot } from './subscription-limit'

export type Limits = {
  /**
   * Returns the actor that `identify` finds, unless they call too often. Calls with an invalid credential or without one
   * are counted per address, others per actor. Error: `rate_limited`, with the seconds to wait.
   */
  admit(caller: PresentedCredential, identify: () => Promise<Actor | null>): Promise<Actor | null>
  /** Counts a page, which anyone may open. */
  page(address: string): void
  /** Counts an attempt to sign in. Wrong passwords are counted more strictly by the sign-in itself. */
  guest(address: string): void
  /** Counts a socket that is about to be opened; `leave` when it has closed. */
  socket(address: string): Slot
  /**
   * Counts a subscription that is about to begin; `leave` when it has ended. `socket` is null over HTTP, where each
   * subscription has its own connection. Error: `rate_limited`.
   */
  subscription(socket: object | null, actor: Actor): Slot
}

/** `isTrusted`: the credential is verified without the database, such as the signed token of a run. */
export type PresentedCredential = { address: string; credential: string | null; isTrusted?: boolean }

const rates = {
  /** Invalid credentials: a program with an old token, a permission test, an attacker. */
  failures: { burst: 500, perSec: 10 },
  anonymous: { burst: 2000, perSec: 100 },
  pages: { burst: 1000, perSec: 50 },
  sockets: { burst: 1000, perSec: 50 },
  agents: { burst: 2000, perSec: 200 },
  people: { burst: 5000, perSec: 500 },
} as const

const mostSocketsOfAddress = 2000
const mostSockets = 10_000
const mostKnown = 10_000

export function createLimits({ nowMs }: { nowMs?: () => number } = {}): Limits {
  const buckets = Object.fromEntries(
    Object.entries(rates).map(([name, rate]) => [name, createBuckets({ ...rate, nowMs })]),
  ) as unknown as Record<keyof typeof rates, Buckets>
  const known = new Set<string>()
  const socketsOf = createCounter<string>()
  let openSockets = 0

  return {
    async admit({ address, credential, isTrusted = false }, identify) {
      const hash = credential === null ? null : createHash('sha256').update(credential).digest('base64url')
      // While an address is limited, only credentials that were valid before are checked: a right guess does not help.
      if (hash !== null && !isTrusted && !known.has(hash)) refuseAfter(buckets.failures.wait(address))
      const actor = await identify().catch((error) => {
        if (hash !== null) known.delete(hash)
        if (error instanceof ApiError && error.reason === 'unauthenticated') refuseAfter(buckets.failures.take(address))
        throw error
      })
      if (!actor) {
        refuseAfter(buckets.anonymous.take(address))
        return null
      }
      if (hash !== null) remember(known, hash)
      if (isExempt(actor)) return actor
      const isAgent = actor.kind === 'agent' || actor.kind === 'run'
      refuseAfter(isAgent ? buckets.agents.take(actor.agentId) : buckets.people.take(idOf(actor)))
      return actor
    },
    guest: (address) => refuseAfter(buckets.anonymous.take(address)),
    page: (address) => refuseAfter(buckets.pages.take(address)),
    socket(address) {
      refuseAfter(buckets.sockets.take(address))
      if (socketsOf.count(address) >= mostSocketsOfAddress || openSockets >= mostSockets) refuseAfter(10)
      const leave = socketsOf.enter(address)
      openSockets++
      return {
        leave() {
          openSockets--
          leave()
        },
      }
    },
    subscription: createSubscriptionLimit(),
  }
}

/** Automation with owner rights is not limited. */
function isExempt(actor: Actor): boolean {
  return (actor.kind === 'operator_token' && actor.scope === null) || (actor.kind === 'person' && actor.isOwner)
}

function idOf(actor: Actor): string {
  return actor.kind === 'person' ? actor.personId : (scopeOf(actor)?.tokenId ?? actor.kind)
}

function remember(known: Set<string>, hash: string): void {
  known.add(hash)
  if (known.size > mostKnown) known.delete(known.values().next().value ?? hash)
}

function refuseAfter(waitSec: number): void {
  if (waitSec === 0) return
  throw new ApiError('rate_limited', `Too many requests. Try again in ${waitSec} s.`, undefined, waitSec)
}
