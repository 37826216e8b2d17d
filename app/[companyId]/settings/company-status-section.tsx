'use client'

import { useState } from 'react'
import { useCan } from '@/app/_access/use-can'
import { Confirm } from '@/app/_components/confirm'
import { Button } from '@/app/_components/ui/button'
import { errorMessage } from '@/app/_trpc/api-error'
import type { Company } from '@/app/_trpc/client'
import { useUpdateCompany } from './use-update-company'

const questions = {
  paused: {
    title: 'Pause',
    description: 'This cancels all its runs, queued and running. No agent is woken until the company is active again.',
    keep: 'Leave it active',
  },
  archived: {
    title: 'Archive',
    description:
      'This cancels all its runs, queued and running, and no agent of it can ever be woken again. Its runs and logs stay. This cannot be undone.',
    keep: 'Keep it',
  },
} as const

type Asked = keyof typeof questions
const said = {
  active: 'is active again',
  paused: 'is paused',
  archived: 'is archived',
} as const
const cancelling = 'Its runs are being cancelled.'

/** Whether the company's agents may be woken at all. */
export function CompanyStatusSection({ company, isOwner }: { company: Company; isOwner: boolean }) {
  const can = useCan()
  const [asking, setAsking] = useState(false)
  const [asked, setAsked] = useState<Asked>('paused')
  const update = useUpdateCompany(
    (changed) => `${changed.name} ${said[changed.status]}.${changed.cancellingRuns ? ` ${cancelling}` : ''}`,
    () => setAsking(false),
  )
  const ask = (next: Asked) => {
    update.reset()
    setAsked(next)
    setAsking(true)
  }
  if (company.status === 'archived') {
    return (
      <p className="text-muted">
        This company is archived: its agents are not woken, its runs and logs stay.
        {company.cancellingRuns && ` ${cancelling}`}
      </p>
    )
  }
  const question = questions[asked]
  const error = update.error ? errorMessage(update.error) : null
  return (
    <div className="grid gap-3">
      <p className="text-muted">
        {company.status === 'paused'
          ? `Paused: no agent is woken, by timer or by hand. ${company.cancellingRuns ? cancelling : ''}`
          : 'Pausing cancels all runs of the company, and no agent is woken until it is active again. Archiving, which only owners can do, is for good.'}
      </p>
      <div className="flex flex-wrap gap-2">
        {!can('company.update') ? null : company.status === 'paused' ? (
          <Button disabled={update.isPending} onClick={() => update.mutate({ id: company.id, status: 'active' })}>
            Activate company
          </Button>
        ) : (
          <Button onClick={() => ask('paused')}>Pause company</Button>
        )}
        {isOwner && (
          <Button variant="danger" onClick={() => ask('archived')}>
            Archive company
          </Button>
        )}
      </div>
      {error && !asking && <p className="text-failed">{error}</p>}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={`${question.title} ${company.name}?`}
        description={question.description}
        keep={question.keep}
        confirm={question.title}
        isPending={update.isPending}
        error={error}
        onConfirm={() => update.mutate({ id: company.id, status: asked })}
      />
    </div>
  )
}
