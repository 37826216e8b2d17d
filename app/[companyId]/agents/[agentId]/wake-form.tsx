'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { toast } from 'sonner'
import { wakeupMessage } from '@/app/_components/labels'
import { Button } from '@/app/_components/ui/button'
import { errorMessage } from '@/app/_trpc/api-error'
import { type Agent, useTRPC } from '@/app/_trpc/client'

export function WakeForm({ agent }: { agent: Agent }) {
  const api = useTRPC()
  const router = useRouter()
  const queryClient = useQueryClient()
  const [reason, setReason] = useState('')
  const wake = useMutation(
    api.wakeup.create.mutationOptions({
      onSuccess(answer) {
        setReason('')
        const { run } = answer
        const path = `/${agent.companyId}/runs/${run?.id}` as const
        toast.success(
          wakeupMessage(answer),
          run ? { action: { label: 'Open run', onClick: () => router.push(path) } } : {},
        )
      },
      onError: (error) => toast.error(errorMessage(error)),
      onSettled() {
        void queryClient.invalidateQueries(api.run.list.pathFilter())
        void queryClient.invalidateQueries(api.wakeup.list.pathFilter())
      },
    }),
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const given = reason.trim()
    wake.mutate({ agentId: agent.id, ...(given !== '' && { reason: given }) })
  }
  return (
    <form onSubmit={submit} className="flex min-w-0 gap-2 max-sm:basis-full">
      <input
        aria-label="Reason"
        placeholder="Reason (optional)"
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        autoComplete="off"
        maxLength={2_000}
        className="h-8 w-44 min-w-0 rounded-md border border-line-strong bg-raised px-2.5 max-sm:h-9 max-sm:flex-1 max-sm:text-[16px]"
      />
      <Button variant="primary" type="submit" disabled={wake.isPending}>
        Wake
      </Button>
    </form>
  )
}
