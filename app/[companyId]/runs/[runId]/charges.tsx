import type { WholeRun } from '@/app/_trpc/client'
import { tokenWords } from '@/server/domain/charge-words'
import { formatCost } from '@/server/domain/money'

type Charge = WholeRun['charges'][number]

/** Usage and cost by model. Estimates and missing prices are labelled as such. */
export function Charges({ charges }: { charges: readonly Charge[] }) {
  return (
    <ul className="grid grid-cols-[minmax(0,1fr)] gap-2">
      {charges.map((charge) => (
        <li key={`${charge.provider} ${charge.model} ${charge.pricing}`}>
          <p className="flex items-baseline justify-between gap-3">
            <span className="min-w-0 truncate" title={`${charge.provider} / ${charge.model}`}>
              {nameOf(charge)}
            </span>
            <span className="whitespace-nowrap font-medium">{priceOf(charge)}</span>
          </p>
          <p className="text-muted text-small">{tokenWords([charge])}</p>
        </li>
      ))}
    </ul>
  )
}

function priceOf({ costMicros, pricing }: Charge) {
  if (costMicros === null) return <span className="font-normal text-timed-out">unpriced</span>
  return formatCost(costMicros, pricing === 'estimated')
}

function nameOf({ provider, model }: Charge): string {
  if (model !== 'unknown') return model
  return provider === 'unknown' ? 'Unknown model' : provider
}
