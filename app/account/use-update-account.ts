'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { useTRPC } from '@/app/_trpc/client'

/** Changes the account, and says so with the sentence given for it. */
export function useUpdateAccount(sentence: string, onDone?: () => void) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  return useMutation(
    api.account.update.mutationOptions({
      onSuccess(account) {
        queryClient.setQueryData(api.account.get.queryKey(), account)
        void queryClient.invalidateQueries(api.account.sessions.pathFilter())
        toast.success(sentence)
        onDone?.()
      },
    }),
  )
}
