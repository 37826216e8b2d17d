import { whyOf } from '@/app/_components/words'
import { Ago } from '@/app/_time/times'
import type { WholeRun } from '@/app/_trpc/client'
import { type TriggerDetail, triggerDetails, type WakeupSource, wakeupSources } from '@/server/domain/wakeup-status'

type RecordedWakeup = {
  id: string
  source: WakeupSource
  triggerDetail: TriggerDetail
  reason: string | null
  payload: unknown
  requestedAt: string | null
}

/** The wakeups that the run answers, in order, as its context tells them. */
export function WhyItRan({ run }: { run: WholeRun }) {
  const wakeups = wakeupsOf(run.contextSnapshot)
  if (wakeups.length === 0) return <p className="text-muted">{whyOf(run.invocationSource, run.triggerDetail)}</p>
  return (
    <ol className="grid gap-2">
      {wakeups.map((wakeup) => (
        <li key={wakeup.id}>
          <span>{whyOf(wakeup.source, wakeup.triggerDetail)}</span>
          {wakeup.requestedAt && (
            <span className="text-muted">
              {' · '}
              <Ago at={wakeup.requestedAt} />
            </span>
          )}
          {wakeup.reason && <p className="text-muted [overflow-wrap:anywhere]">“{wakeup.reason}”</p>}
          {hasContent(wakeup.payload) && (
            <pre className="mt-1 max-h-40 overflow-auto rounded border border-line bg-sunken p-2 font-mono text-small">
              {JSON.stringify(wakeup.payload, null, 2)}
            </pre>
          )}
        </li>
      ))}
    </ol>
  )
}

function hasContent(payload: unknown): boolean {
  if (payload === null || payload === undefined) return false
  return typeof payload !== 'object' || Object.keys(payload).length > 0
}

function wakeupsOf(context: unknown): RecordedWakeup[] {
  const given = context && typeof context === 'object' && 'wakeups' in context ? context.wakeups : []
  if (!Array.isArray(given)) return []
  return given.filter(isRecord).map((wakeup, index) => ({
    id: typeof wakeup.id === 'string' ? wakeup.id : String(index),
    source: wakeupSources.find((source) => source === wakeup.source) ?? 'on_demand',
    triggerDetail: triggerDetails.find((detail) => detail === wakeup.triggerDetail) ?? 'system',
    reason: typeof wakeup.reason === 'string' ? wakeup.reason : null,
    payload: wakeup.payload,
    requestedAt: typeof wakeup.requestedAt === 'string' ? wakeup.requestedAt : null,
  }))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
