'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { useTRPC } from '@/app/_trpc/client'

/** Updates the account, and confirms with a message. */
export function useUpdateAccount(message: string, onDone?: () => void) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  return useMutation(
    api.account.update.mutationOptions({
      onSuccess(account) {
        queryClient.setQueryData(api.account.get.queryKey(), account)
        void queryClient.invalidateQueries(api.account.sessions.pathFilter())
        toast.success(message)
        onDone?.()
      },
    }),
  )
}
