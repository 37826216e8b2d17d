'use client'

import { useState } from 'react'
import { useCan } from '@/app/_access/use-can'
import { Confirm } from '@/app/_components/confirm'
import { Button } from '@/app/_components/ui/button'
import { errorMessage } from '@/app/_trpc/api-error'
import type { Company } from '@/app/_trpc/client'
import { useUpdateCompany } from './use-update-company'

const confirmations = {
  paused: {
    title: 'Pause',
    description:
      'This cancels all runs of the company, queued and running. No agent is woken until the company is active again.',
    keep: 'Keep it active',
  },
  archived: {
    title: 'Archive',
    description:
      'This cancels all runs of the company, queued and running, and its agents can never be woken again. Runs and logs are kept. This cannot be undone.',
    keep: 'Keep it',
  },
} as const

type Change = keyof typeof confirmations
const outcomes = {
  active: 'is active again',
  paused: 'is paused',
  archived: 'is archived',
} as const
const cancelling = 'Its runs are being cancelled.'

/** Pauses, activates or archives the company. */
export function CompanyStatusSection({ company, isOwner }: { company: Company; isOwner: boolean }) {
  const can = useCan()
  const [isConfirming, setConfirming] = useState(false)
  const [change, setChange] = useState<Change>('paused')
  const update = useUpdateCompany(
    (changed) => `${changed.name} ${outcomes[changed.status]}.${changed.cancellingRuns ? ` ${cancelling}` : ''}`,
    () => setConfirming(false),
  )
  const ask = (next: Change) => {
    update.reset()
    setChange(next)
    setConfirming(true)
  }
  if (company.status === 'archived') {
    return (
      <p className="text-muted">
        This company is archived: its agents are not woken. Its runs and logs are kept.
        {company.cancellingRuns && ` ${cancelling}`}
      </p>
    )
  }
  const confirmation = confirmations[change]
  const error = update.error ? errorMessage(update.error) : null
  return (
    <div className="grid gap-3">
      <p className="text-muted">
        {company.status === 'paused'
          ? `Paused: no agent is woken, by timer or by hand. ${company.cancellingRuns ? cancelling : ''}`
          : 'Pausing cancels all runs of the company, and no agent is woken until it is active again. Only owners can archive a company, and archiving cannot be undone.'}
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
      {error && !isConfirming && <p className="text-failed">{error}</p>}
      <Confirm
        open={isConfirming}
        onOpenChange={setConfirming}
        title={`${confirmation.title} ${company.name}?`}
        description={confirmation.description}
        keep={confirmation.keep}
        confirm={confirmation.title}
        isPending={update.isPending}
        error={error}
        onConfirm={() => update.mutate({ id: company.id, status: change })}
      />
    </div>
  )
}
