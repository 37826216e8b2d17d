import type { ServerResponse } from 'node:http'
import { Failure } from '@/server/domain/errors'
import type { Actor } from './actor'

/** How often a right is looked at again while something lasts that it was given for. */
const everyMs = 2000
const sharedMs = 1000
const underWay = new Map<string, Promise<void>>()

/** Looks again every 2 s, one look after the other, until it is told to stop. */
export function again(look: () => Promise<void>): () => void {
  let isOver = false
  let timer = setTimeout(next, everyMs)
  async function next() {
    await look()
    if (!isOver) timer = setTimeout(next, everyMs)
  }
  return () => {
    isOver = true
    clearTimeout(timer)
  }
}

/** Cuts an answer that is still being sent when its receiver may have it no more. */
export function cutWhenLost(response: ServerResponse, check: () => Promise<void>): void {
  // Who has left already is told no more.
  if (response.destroyed) return
  const stop = again(async () => {
    await check().catch((error) => isRefusal(error) && response.destroy())
  })
  response.on('close', stop)
}

/** A hundred windows of one browser, or viewers with one token, are one question a second and not a hundred. */
export function sharedCheck(actor: Actor, about: string, check: () => Promise<void>): Promise<void> {
  const key = `${shownBy(actor)} ${about}`
  const known = underWay.get(key)
  if (known) return known
  const asked = check()
  underWay.set(key, asked)
  setTimeout(() => underWay.delete(key), sharedMs).unref()
  return asked
}

/** A database that is away takes nobody's rights: it is asked again. */
export function isRefusal(error: unknown): error is Failure {
  return error instanceof Failure && ['unauthenticated', 'forbidden', 'not_found'].includes(error.reason)
}

/** The credential, of which there is only one by this name. */
function shownBy(actor: Actor): string {
  switch (actor.kind) {
    case 'person':
      return `person ${actor.scope?.tokenId ?? actor.sessionId}`
    case 'operator_token':
      return `operator ${actor.scope?.tokenId}`
    case 'agent':
      return `agent ${actor.keyId}`
    case 'run':
      return `run ${actor.runId}`
  }
}
