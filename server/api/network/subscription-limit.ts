import { ApiError } from '@/server/domain/errors'
import { type Actor, credentialOf } from '@/server/identity/access/actor'
import { createCounter } from './counter'

/** A counted socket or subscription. */
export type Slot = { leave(): void }

/** Every live event is sent once per subscription: 1,000 of them cost the server about a second per run. */
const mostOfSocket = 200
const mostOfCredential = 1000
const mostOfAgent = 50
const retryAfterSec = 10

/** Counts subscriptions per connection, and per credential or agent on this server. */
export function createSubscriptionLimit() {
  const holders = createCounter<string>()
  const sockets = createCounter<object>()
  return (socket: object | null, actor: Actor): Slot => {
    const isAgent = actor.kind === 'agent' || actor.kind === 'run'
    const holder = isAgent ? `agent ${actor.agentId}` : credentialOf(actor)
    const most = isAgent ? mostOfAgent : mostOfCredential
    if (holders.count(holder) >= most) refuse(isAgent ? 'This agent' : 'This token or session', most)
    if (socket && sockets.count(socket) >= mostOfSocket) refuse('This connection', mostOfSocket)
    const leaveHolder = holders.enter(holder)
    const leaveSocket = socket ? sockets.enter(socket) : () => {}
    return {
      leave() {
        leaveHolder()
        leaveSocket()
      },
    }
  }
}

function refuse(who: string, most: number): never {
  const sentence = `${who} has ${most} subscriptions on this server, which is the limit. End some of them.`
  throw new ApiError('rate_limited', sentence, undefined, retryAfterSec)
}
