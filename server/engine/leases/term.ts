import { elapsedMs, type Reading, readClocks } from './clocks'

export type Term = {
  /** A renewal that was sent at `sentAt` was answered. */
  renewed(sentAt: Reading, isAlone: boolean): void
  /** A renewal that was sent at `sentAt` failed without the database having answered it. */
  unanswered(sentAt: Reading): void
  /** Whether no other server was alive at the last renewal. */
  isAlone(): boolean
  isOver(): boolean
}

/**
 * How long a holder may rely on its lease, by its own clocks: two thirds from its last renewal, so that one third is left to
 * kill its programs. If it was alone, its row says that nobody judges it for `aloneMs`: until a third of a lease before
 * that it may go on without the database, as long as two thirds never pass without an attempt: a process that was
 * stopped, or slept with its machine, made none.
 */
export function createTerm(options: { leaseMs: number; aloneMs: number; clocks?: () => Reading }): Term {
  const { leaseMs, clocks = readClocks } = options
  const holdMs = (leaseMs * 2) / 3
  const aloneHoldMs = Math.max(holdMs, options.aloneMs - leaseMs / 3)
  let renewedAt = clocks()
  let attemptedAt = renewedAt
  let isAlone = false

  function isOver(): boolean {
    const now = clocks()
    const mayLastMs = isAlone ? aloneHoldMs : holdMs
    return elapsedMs(attemptedAt, now) > holdMs || elapsedMs(renewedAt, now) > mayLastMs
  }

  return {
    renewed(sentAt, alone) {
      renewedAt = sentAt
      attemptedAt = sentAt
      isAlone = alone
    },
    unanswered(sentAt) {
      if (!isOver()) attemptedAt = sentAt
    },
    isAlone: () => isAlone,
    isOver,
  }
}
