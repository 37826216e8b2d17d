'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { toastSuccess } from '@/app/_components/toast-success'
import { errorMessage } from '@/app/_trpc/api-error'
import { type Company, useTRPC, useTRPCClient } from '@/app/_trpc/client'

type Change = Pick<Company, 'id'> & Partial<Pick<Company, (typeof changeable)[number]>>
const changeable = ['name', 'status', 'budgetMonthlyMicros', 'retention'] as const

/** Updates a company, confirms with the message for it, and offers to undo the change. */
export function useUpdateCompany(messageFor: (changed: Company) => string, onDone?: () => void) {
  const api = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const change = ({ id, ...fields }: Change) => client.company.update.mutate({ companyId: id, ...fields })
  const store = (changed: Awaited<ReturnType<typeof change>>) => {
    queryClient.setQueryData(api.company.get.queryKey({ companyId: changed.id }), changed)
    void queryClient.invalidateQueries(api.company.list.pathFilter())
  }
  const undo = useMutation({
    mutationFn: change,
    onSuccess(changed) {
      store(changed)
      toast.success('Change undone.')
    },
    onError: (error) => toast.error(`Not undone. ${errorMessage(error)}`),
  })
  return useMutation({
    mutationFn: change,
    onMutate: ({ id }) => queryClient.getQueryData(api.company.get.queryKey({ companyId: id })),
    onSuccess(changed, given, before) {
      store(changed)
      const back = before && given.status !== 'archived' && formerOf(given, before)
      toastSuccess(messageFor(changed), back ? () => undo.mutate(back) : undefined)
      onDone?.()
    },
  })
}

/** The fields that `given` changed, with their values in `before`. */
function formerOf(given: Change, before: Company): Change {
  const names = changeable.filter((name) => name in given)
  return { id: given.id, ...Object.fromEntries(names.map((name) => [name, before[name]])) }
}
