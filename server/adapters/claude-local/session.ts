import type { Execution, ModelCharge, Outcome, SessionUsage, Usage } from '@/server/adapters/adapter'
import { amountOf } from '@/server/adapters/estimate'
import { minus, sumOf, tokensOf, totalOf } from '@/server/adapters/usage'

/** What tells the run's own part from what its session has used in all. */
export type Account = {
  /** The session that was resumed, or null. */
  resumed: string | null
  /** Whether this version of the program counts from nothing in each run; null where it names no version. */
  startsAtNothing: boolean | null
  /** What the result says that the run itself has used, without its sub-agents; null where there is no result. */
  own: Usage | null
  /** What the messages themselves tell, checked. */
  messages: ModelCharge[]
}

type Totals = Pick<Execution<unknown>, 'sessionUsage'>

/** The outcome with what this run alone has used, and with what its session has used in all. */
export async function settled(outcome: Outcome, account: Account, execution: Totals): Promise<Outcome> {
  const told = account.own ? (outcome.charges ?? []) : []
  const totals =
    account.resumed === null || account.startsAtNothing ? [] : await execution.sessionUsage(account.resumed)
  const part = told.length > 0 ? ownPart(told, account, totals) : []
  const charges = withMessages(part, account.messages)
  if (charges.length === 0) return told.length > 0 ? { ...outcome, ...nothing, charges } : outcome
  const isSaid = tokensOf(sumOf(part.map(({ usage }) => usage))) > 0 || account.messages.length === 0
  const sessionUsage = isSaid
    ? sessionOf(told, [])
    : sessionOf(totals[0]?.models ?? [], [...(totals[0]?.unsaid ?? []), ...estimated(charges)])
  return { ...outcome, ...totalOf(charges), charges, sessionUsage }
}

const nothing = { usage: null, costUsd: null, provider: null, model: null } as const

/**
 * From 2.1.277 on a resumed session goes on with the totals that it had: the run's part is what has been added to the most
 * of them that leaves as much as the run itself has used.
 */
function ownPart(
  told: ModelCharge[],
  { resumed, startsAtNothing, own }: Account,
  totals: SessionUsage[],
): ModelCharge[] {
  const sum = sumOf(told.map(({ usage }) => usage))
  if (resumed === null || startsAtNothing || !own || isSame(sum, own)) return told
  const parts = totals.flatMap(basesOf).flatMap((base) => {
    const part = difference(told, base)
    return part && minus(sumOf(part.map(({ usage }) => usage)), own) ? [part] : []
  })
  const [least] = parts.sort((a, b) => tokensIn(a) - tokensIn(b))
  if (least) return least
  // Where nobody knows what the session had used before, the cost is not told: it is estimated from the run's own tokens.
  return totals.length > 0 ? told : [{ ...totalOf(told), usage: own, costUsd: null }]
}

function basesOf({ models = [], unsaid = [] }: SessionUsage): ModelCharge[][] {
  return unsaid.length > 0 ? [merged([...models, ...unsaid]), models] : [models]
}

/** By model; null where the totals do not go on from there. */
function difference(told: ModelCharge[], base: ModelCharge[]): ModelCharge[] | null {
  const parts = told.map((charge) => {
    const before = base.find(({ model }) => model === charge.model)
    const usage = charge.usage && before?.usage ? minus(charge.usage, before.usage) : charge.usage
    const costUsd = charge.costUsd === null ? null : exact(Math.max(0, charge.costUsd - (before?.costUsd ?? 0)))
    return before?.usage && !usage ? null : { ...charge, usage, costUsd }
  })
  const isWhole = base.every(({ model }) => told.some((charge) => charge.model === model))
  if (!isWhole || parts.includes(null)) return null
  return parts.flatMap((part) => (part && (tokensOf(part.usage) > 0 || part.costUsd) ? [part] : []))
}

/** Tokens that the result passes over were used all the same. */
function withMessages(part: ModelCharge[], messages: ModelCharge[]): ModelCharge[] {
  if (tokensIn(part) > 0 || messages.length === 0) return part
  const costUsd = part.length > 0 ? totalOf(part).costUsd : null
  return messages.map((charge, index) => (index === 0 && costUsd ? { ...charge, costUsd } : charge))
}

function sessionOf(models: ModelCharge[], unsaid: ModelCharge[]): SessionUsage {
  const sum = sumOf([...models, ...unsaid].map(({ usage }) => usage))
  return { ...sum, models, ...(unsaid.length > 0 ? { unsaid: merged(unsaid) } : {}) }
}

/** With the cost that they are booked with: it is not to be charged again. */
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

/** Without what adding up fractions has left behind. */
function exact(usd: number): number {
  return Number(usd.toFixed(9))
}
