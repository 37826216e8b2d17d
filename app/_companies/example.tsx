'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { toast } from 'sonner'
import { Confirm } from '@/app/_components/confirm'
import { Button } from '@/app/_components/ui/button'
import { errorMessage } from '@/app/_trpc/api-error'
import { useTRPC } from '@/app/_trpc/client'

/** Creates an example company with running agents, and opens its board. */
export function SeeExample() {
  const api = useTRPC()
  const router = useRouter()
  const queryClient = useQueryClient()
  const create = useMutation(
    api.company.createExample.mutationOptions({
      onSuccess(company) {
        void queryClient.invalidateQueries(api.company.list.pathFilter())
        router.push(`/${company.id}`)
      },
      onError: (error) => toast.error(errorMessage(error)),
    }),
  )
  return (
    <Button disabled={create.isPending || create.isSuccess} onClick={() => create.mutate()}>
      {create.isPending ? 'Starting the example…' : 'See an example'}
    </Button>
  )
}

/** Stops the runs of the example and removes it, after a confirmation. */
export function RemoveExample({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const router = useRouter()
  const queryClient = useQueryClient()
  const [isConfirming, setConfirming] = useState(false)
  const remove = useMutation(
    api.company.removeExample.mutationOptions({
      onSuccess() {
        toast.success('The example is removed.')
        void queryClient.invalidateQueries(api.company.list.pathFilter())
        router.push('/')
      },
    }),
  )
  return (
    <>
      <Button onClick={() => setConfirming(true)}>Remove example</Button>
      <Confirm
        open={isConfirming}
        onOpenChange={setConfirming}
        title="Remove the example?"
        description="Its runs are stopped, and its agents, runs, logs and costs are deleted. Your own companies are not affected."
        keep="Keep it"
        confirm={remove.isPending ? 'Stopping its runs…' : 'Remove'}
        isPending={remove.isPending}
        error={remove.error ? errorMessage(remove.error) : null}
        onConfirm={() => remove.mutate({ companyId })}
      />
    </>
  )
}
