'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { toastSuccess } from '@/app/_components/toast-success'
import { cn } from '@/app/_components/ui/classes'
import { inputClass } from '@/app/_components/ui/field'
import { errorMessage } from '@/app/_trpc/api-error'
import { useTRPC } from '@/app/_trpc/client'
import { roles } from '@/server/domain/agent-status'
import type { Member } from './people-section'

export function MemberRole({ member }: { member: Member }) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  const who = member.name ?? member.email
  const { companyId, id: memberId } = member
  const update = useMutation(
    api.member.update.mutationOptions({
      onSuccess(changed, given) {
        const former = member.role
        const undo = former === given.role ? undefined : () => update.mutate({ companyId, memberId, role: former })
        toastSuccess(`${who} now has the role ${changed.role}.`, undo)
      },
      onError: (error) => toast.error(`Not changed. ${errorMessage(error)}`),
      onSettled: () => queryClient.invalidateQueries(api.member.list.pathFilter()),
    }),
  )
  return (
    <select
      aria-label={`Role of ${who}`}
      className={cn(inputClass, 'w-auto py-1')}
      disabled={update.isPending}
      value={update.isPending ? update.variables.role : member.role}
      onChange={(event) => {
        const role = roles.find((each) => each === event.target.value)
        if (role) update.mutate({ companyId, memberId, role })
      }}
    >
      {roles.map((role) => (
        <option key={role} value={role}>
          {role}
        </option>
      ))}
    </select>
  )
}
