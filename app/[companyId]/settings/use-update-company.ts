'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { type Company, useTRPC } from '@/app/_trpc/client'

/** Changes a company, and says so with the sentence given for it. */
export function useUpdateCompany(sentenceFor: (changed: Company) => string, onDone?: () => void) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  return useMutation(
    api.company.update.mutationOptions({
      onSuccess(changed) {
        queryClient.setQueryData(api.company.get.queryKey({ companyId: changed.id }), changed)
        void queryClient.invalidateQueries(api.company.list.pathFilter())
        toast.success(sentenceFor(changed))
        onDone?.()
      },
    }),
  )
}
