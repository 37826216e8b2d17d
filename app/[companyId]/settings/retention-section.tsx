'use client'

import { type FormEvent, useState } from 'react'
import { Allowed, FieldsFor } from '@/app/_access/allowed'
import { Button } from '@/app/_components/ui/button'
import { inputClass } from '@/app/_components/ui/field'
import { fieldErrorOf } from '@/app/_trpc/api-error'
import type { Company } from '@/app/_trpc/client'
import { type RetainedKind, retainedKinds } from '@/server/domain/retention'
import { draftOf, type RetentionDraft, retentionOf } from './retention-draft'
import { useUpdateCompany } from './use-update-company'

const kindLabels = {
  logs: 'Run logs',
  events: 'Run events',
  wakeups: 'Wakeups',
  fields: 'Context and results of runs',
  runs: 'Runs, with their charges',
} as const satisfies Record<RetainedKind, string>

export function RetentionSection({ company }: { company: Company }) {
  const [draft, setDraft] = useState<RetentionDraft>(() => draftOf(company.retention))
  const update = useUpdateCompany(() => 'Saved.')
  const retention = retentionOf(draft)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (retention !== undefined) update.mutate({ id: company.id, retention })
  }
  const set = (kind: RetainedKind, limit: 'days' | 'megabytes', text: string) =>
    setDraft((before) => ({ ...before, [kind]: { ...before[kind], [limit]: text } }))
  return (
    <form onSubmit={submit} className="grid gap-4">
      <p className="text-muted">
        Data beyond these limits is deleted, oldest first. Runs that have not ended are kept. Empty fields keep
        everything.
      </p>
      <FieldsFor act="company.update">
        <LimitTable draft={draft} onChange={set} />
      </FieldsFor>
      {(retention === undefined || update.error) && (
        <p role="alert" className="border-failed border-l-2 pl-3">
          {retention === undefined
            ? 'Days and megabytes must be whole numbers, 1 or more.'
            : fieldErrorOf(update.error).message}
        </p>
      )}
      <Allowed to="company.update">
        <Button variant="primary" type="submit" disabled={update.isPending} className="justify-self-start">
          Save retention
        </Button>
      </Allowed>
    </form>
  )
}

type LimitTableProps = {
  draft: RetentionDraft
  onChange: (kind: RetainedKind, limit: 'days' | 'megabytes', text: string) => void
}

function LimitTable({ draft, onChange }: LimitTableProps) {
  return (
    <table className="w-full">
      <thead className="text-left text-muted">
        <tr>
          <th className="pb-1 font-normal">Keep</th>
          <th className="pb-1 font-normal">Days</th>
          <th className="pb-1 font-normal">Megabytes</th>
        </tr>
      </thead>
      <tbody>
        {retainedKinds.map((kind) => (
          <tr key={kind}>
            <th className="py-1 pr-3 text-left font-normal">{kindLabels[kind]}</th>
            {(['days', 'megabytes'] as const).map((limit) => (
              <td key={limit} className="py-1 pr-3">
                <input
                  aria-label={`${kindLabels[kind]}, ${limit}`}
                  className={inputClass}
                  inputMode="numeric"
                  autoComplete="off"
                  placeholder="all"
                  value={draft[kind][limit]}
                  onChange={(event) => onChange(kind, limit, event.target.value)}
                />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
