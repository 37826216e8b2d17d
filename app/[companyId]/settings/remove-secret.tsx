'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { toast } from 'sonner'
import { Confirm } from '@/app/_components/confirm'
import { Button } from '@/app/_components/ui/button'
import { errorMessage } from '@/app/_trpc/api-error'
import { useTRPC } from '@/app/_trpc/client'

export function RemoveSecret({ companyId, name }: { companyId: string; name: string }) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  const [isConfirming, setConfirming] = useState(false)
  const remove = useMutation(
    api.secret.remove.mutationOptions({
      onSuccess() {
        toast.success(`${name} is removed.`)
        setConfirming(false)
      },
      onSettled: () => queryClient.invalidateQueries(api.secret.list.pathFilter()),
    }),
  )
  const ask = () => {
    remove.reset()
    setConfirming(true)
  }
  return (
    <>
      <Button variant="quiet" onClick={ask}>
        Remove
      </Button>
      <Confirm
        open={isConfirming}
        onOpenChange={setConfirming}
        title={`Remove ${name}?`}
        description="Its value is deleted for good. A secret that an agent still uses cannot be removed."
        keep="Keep it"
        confirm="Remove"
        isPending={remove.isPending}
        error={remove.error ? errorMessage(remove.error) : null}
        onConfirm={() => remove.mutate({ companyId, name })}
      />
    </>
  )
}
