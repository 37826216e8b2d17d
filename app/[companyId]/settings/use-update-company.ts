'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { toastSuccess } from '@/app/_components/toast-success'
import { errorMessage } from '@/app/_trpc/api-error'
import { type Company, useTRPC, useTRPCClient } from '@/app/_trpc/client'

type Change = Pick<Company, 'id'> & Partial<Pick<Company, (typeof changeable)[number]>>
const changeable = ['name', 'status', 'budgetMonthlyMicros', 'retention'] as const

/** Changes a company, says so with the sentence given for it, and puts back what was before where that is wanted. */
export function useUpdateCompany(sentenceFor: (changed: Company) => string, onDone?: () => void) {
  const api = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const change = ({ id, ...fields }: Change) => client.company.update.mutate({ companyId: id, ...fields })
  const keep = (changed: Awaited<ReturnType<typeof change>>) => {
    queryClient.setQueryData(api.company.get.queryKey({ companyId: changed.id }), changed)
    void queryClient.invalidateQueries(api.company.list.pathFilter())
  }
  const undo = useMutation({
    mutationFn: change,
    onSuccess(changed) {
      keep(changed)
      toast.success('It is as it was.')
    },
    onError: (error) => toast.error(`Not undone. ${errorMessage(error)}`),
  })
  return useMutation({
    mutationFn: change,
    onMutate: ({ id }) => queryClient.getQueryData(api.company.get.queryKey({ companyId: id })),
    onSuccess(changed, given, before) {
      keep(changed)
      const back = before && given.status !== 'archived' && formerOf(given, before)
      toastSuccess(sentenceFor(changed), back ? () => undo.mutate(back) : undefined)
      onDone?.()
    },
  })
}

/** What `given` changed, as it was in `before`. */
function formerOf(given: Change, before: Company): Change {
  const names = changeable.filter((name) => name in given)
  return { id: given.id, ...Object.fromEntries(names.map((name) => [name, before[name]])) }
}
