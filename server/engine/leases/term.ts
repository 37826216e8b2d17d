import { elapsedMs, type Reading, readClocks } from './clocks'

export type Term = {
  /** Records that a renewal sent at `sentAt` succeeded. */
  renewed(sentAt: Reading, isAlone: boolean): void
  /** Records that a renewal sent at `sentAt` failed without an answer of the database. */
  unanswered(sentAt: Reading): void
  /** Whether no other server was alive at the last renewal. */
  isAlone(): boolean
  isOver(): boolean
}

/**
 * How long a holder may rely on its lease, by its own clocks: two thirds of it after the last renewal, so that one third is
 * left to kill its programs. If it was alone, its row says that no other server judges it for `aloneMs`: until a third of
 * a lease before that, it may continue without the database, as long as it attempts a renewal within every two thirds of
 * a lease. A process that was stopped, or slept with its machine, has made no attempt.
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
    const allowedMs = isAlone ? aloneHoldMs : holdMs
    return elapsedMs(attemptedAt, now) > holdMs || elapsedMs(renewedAt, now) > allowedMs
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
