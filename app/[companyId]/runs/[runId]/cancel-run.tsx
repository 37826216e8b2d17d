'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { Button } from '@/app/_components/ui/button'
import { errorMessage } from '@/app/_trpc/api-error'
import { useTRPC, type WholeRun } from '@/app/_trpc/client'

export function CancelRun({ run }: { run: WholeRun }) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  const cancel = useMutation(
    api.run.cancel.mutationOptions({
      onError: (error) => toast.error(errorMessage(error)),
      onSettled: () => queryClient.invalidateQueries(api.run.get.queryFilter({ runId: run.id })),
    }),
  )
  return (
    <Button
      variant="danger"
      disabled={cancel.isPending || run.cancelRequestedAt !== null}
      onClick={() => cancel.mutate({ runId: run.id })}
    >
      Cancel run
    </Button>
  )
}
