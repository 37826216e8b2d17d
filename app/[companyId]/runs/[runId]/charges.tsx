import type { WholeRun } from '@/app/_trpc/client'
import { formatMicros } from '@/server/domain/money'

type Charge = WholeRun['charges'][number]

/** What each model used and cost; an estimate and a missing price are said, not shown as amounts like others. */
export function Charges({ charges }: { charges: readonly Charge[] }) {
  return (
    <ul className="grid gap-2">
      {charges.map((charge) => (
        <li key={`${charge.provider} ${charge.model} ${charge.pricing}`}>
          <p className="flex items-baseline justify-between gap-3">
            <span className="min-w-0 truncate" title={`${charge.provider} / ${charge.model}`}>
              {charge.model === 'unknown' ? charge.provider : charge.model}
            </span>
            <span className="whitespace-nowrap font-medium">{priceOf(charge)}</span>
          </p>
          <p className="text-muted text-small">{tokensOf(charge)}</p>
        </li>
      ))}
    </ul>
  )
}

function priceOf({ costMicros, pricing }: Charge) {
  if (costMicros === null) return <span className="font-normal text-timed-out">unpriced</span>
  if (pricing !== 'estimated') return formatMicros(costMicros)
  return (
    <>
      ≈ {formatMicros(costMicros)} <span className="font-normal text-muted">estimated</span>
    </>
  )
}

function tokensOf({ inputTokens, cachedInputTokens, outputTokens }: Charge): string {
  const count = (tokens: number) => tokens.toLocaleString('en')
  const cached = cachedInputTokens > 0 ? ` · ${count(cachedInputTokens)} cached` : ''
  return `${count(inputTokens)} in${cached} · ${count(outputTokens)} out`
}
