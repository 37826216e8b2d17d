import { useQuery } from '@tanstack/react-query'
import { triggerLabel } from '@/app/_components/labels'
import { Ago } from '@/app/_time/times'
import { useTRPC, type WholeRun } from '@/app/_trpc/client'
import { type WakeupEnvelope, wakeupsOf } from '@/server/domain/run-context'
import { Json } from './json'

/** The wakeups of the run, in order, then those that joined it after it had started. */
export function WhyItRan({ companyId, run }: { companyId: string; run: WholeRun }) {
  const api = useTRPC()
  const wakeups = wakeupsOf(run.contextSnapshot)
  const { data } = useQuery(
    api.wakeup.list.queryOptions({ companyId, runId: run.id, status: 'coalesced', limit: 50 }, { retry: false }),
  )
  const known = new Set(wakeups.map((wakeup) => wakeup.id))
  const joined = (data?.items ?? []).filter((wakeup) => !known.has(wakeup.id)).toReversed()
  if (wakeups.length + joined.length === 0) {
    return <p className="text-muted">{triggerLabel(run.invocationSource, run.triggerDetail)}</p>
  }
  return (
    <ol className="grid gap-2">
      {wakeups.map((wakeup) => (
        <WakeupItem key={wakeup.id} wakeup={wakeup} />
      ))}
      {joined.map((wakeup) => (
        <WakeupItem
          key={wakeup.id}
          wakeup={wakeup}
          note={`joined while it was running${wakeup.coalescedCount > 0 ? `, ${wakeup.coalescedCount + 1} times` : ''}`}
        />
      ))}
    </ol>
  )
}

function WakeupItem({
  wakeup,
  note,
}: {
  wakeup: Omit<WakeupEnvelope, 'payload'> & { payload?: unknown }
  note?: string
}) {
  return (
    <li>
      <span>{triggerLabel(wakeup.source, wakeup.triggerDetail)}</span>
      {note && <span className="text-muted"> · {note}</span>}
      <span className="text-muted">
        {' · '}
        <Ago at={wakeup.requestedAt} />
      </span>
      {wakeup.reason && <p className="text-muted [overflow-wrap:anywhere]">“{wakeup.reason}”</p>}
      {hasContent(wakeup.payload) && <Json label="Payload" value={wakeup.payload} />}
    </li>
  )
}

function hasContent(payload: unknown): boolean {
  if (payload === null || payload === undefined) return false
  return typeof payload !== 'object' || Object.keys(payload).length > 0
}
