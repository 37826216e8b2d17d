import type { Execution, ModelCharge, Outcome, SessionUsage, Usage } from '@/server/adapters/adapter'
import { amountOf } from '@/server/adapters/estimate'
import { minus, sumOf, tokensOf, totalOf } from '@/server/adapters/usage'

/** The data that separates the run's own usage from the total of its session. */
export type Account = {
  /** The session that was resumed, or null. */
  resumed: string | null
  /** Whether this version of the program counts from 0 in each run; null where the version is unknown. */
  startsAtZero: boolean | null
  /** The run's own usage according to the result, without its sub-agents; null without a result. */
  own: Usage | null
  /** The checked usage in the messages. */
  messages: ModelCharge[]
}

type Totals = Pick<Execution<unknown>, 'sessionUsage'>

/** The outcome with the charges of this run alone, and with the total usage of its session. */
export async function settleCharges(outcome: Outcome, account: Account, execution: Totals): Promise<Outcome> {
  const reported = account.own ? (outcome.charges ?? []) : []
  const totals = account.resumed === null || account.startsAtZero ? [] : await execution.sessionUsage(account.resumed)
  const part = reported.length > 0 ? ownPart(reported, account, totals) : []
  const charges = withMessages(part, account.messages)
  if (charges.length === 0) return reported.length > 0 ? { ...outcome, ...nothing, charges } : outcome
  const isReported = tokensOf(sumOf(part.map(({ usage }) => usage))) > 0 || account.messages.length === 0
  const sessionUsage = isReported
    ? sessionOf(reported, [])
    : sessionOf(totals[0]?.models ?? [], [...(totals[0]?.unsaid ?? []), ...estimated(charges)])
  return { ...outcome, ...totalOf(charges), charges, sessionUsage }
}

const nothing = { usage: null, costUsd: null, provider: null, model: null } as const

/**
 * From 2.1.277 on a resumed session goes on with the totals that it had: the run's part is what has been added to the most
 * of them that leaves as much as the run itself has used.
 */
function ownPart(
  reported: ModelCharge[],
  { resumed, startsAtZero, own }: Account,
  totals: SessionUsage[],
): ModelCharge[] {
  const sum = sumOf(reported.map(({ usage }) => usage))
  if (resumed === null || startsAtZero || !own || isSame(sum, own)) return reported
  const parts = totals.flatMap(basesOf).flatMap((base) => {
    const part = difference(reported, base)
    return part && minus(sumOf(part.map(({ usage }) => usage)), own) ? [part] : []
  })
  const [least] = parts.sort((a, b) => tokensIn(a) - tokensIn(b))
  if (least) return least
  // Without the earlier total of the session the cost is unknown: it is estimated from the run's own tokens.
  return totals.length > 0 ? reported : [{ ...totalOf(reported), usage: own, costUsd: null }]
}

function basesOf({ models = [], unsaid = [] }: SessionUsage): ModelCharge[][] {
  return unsaid.length > 0 ? [merged([...models, ...unsaid]), models] : [models]
}

/** The difference by model; null where the totals do not continue from this base. */
function difference(reported: ModelCharge[], base: ModelCharge[]): ModelCharge[] | null {
  const parts = reported.map((charge) => {
    const before = base.find(({ model }) => model === charge.model)
    const usage = charge.usage && before?.usage ? minus(charge.usage, before.usage) : charge.usage
    const costUsd = charge.costUsd === null ? null : exact(Math.max(0, charge.costUsd - (before?.costUsd ?? 0)))
    return before?.usage && !usage ? null : { ...charge, usage, costUsd }
  })
  const isComplete = base.every(({ model }) => reported.some((charge) => charge.model === model))
  if (!isComplete || parts.includes(null)) return null
  return parts.flatMap((part) => (part && (tokensOf(part.usage) > 0 || part.costUsd) ? [part] : []))
}

/** Tokens that the result omits were used nevertheless. */
function withMessages(part: ModelCharge[], messages: ModelCharge[]): ModelCharge[] {
  if (tokensIn(part) > 0 || messages.length === 0) return part
  const costUsd = part.length > 0 ? totalOf(part).costUsd : null
  return messages.map((charge, index) => (index === 0 && costUsd ? { ...charge, costUsd } : charge))
}

function sessionOf(models: ModelCharge[], unsaid: ModelCharge[]): SessionUsage {
  const sum = sumOf([...models, ...unsaid].map(({ usage }) => usage))
  return { ...sum, models, ...(unsaid.length > 0 ? { unsaid: merged(unsaid) } : {}) }
}

/** Adds the estimated cost with which they are charged, so that it is not charged again. */
function estimated(charges: ModelCharge[]): ModelCharge[] {
  return charges.map((charge) => ({ ...charge, costUsd: (amountOf(charge).costMicros ?? 0) / 1_000_000 }))
}

function merged(charges: ModelCharge[]): ModelCharge[] {
  const models = [...new Set(charges.map(({ model }) => model))]
  return models.map((model) => totalOf(charges.filter((charge) => charge.model === model)))
}

function tokensIn(charges: ModelCharge[]): number {
  return charges.reduce((sum, { usage }) => sum + tokensOf(usage), 0)
}

function isSame(a: Usage, b: Usage): boolean {
  const rest = minus(a, b)
  return rest !== null && tokensOf(rest) === 0
}

/** Removes rounding errors of floating-point sums. */
function exact(usd: number): number {
  return Number(usd.toFixed(9))
}
