'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Confirm } from '@/app/_components/confirm'
import { Button } from '@/app/_components/ui/button'
import { errorMessage } from '@/app/_trpc/api-error'
import { useTRPC } from '@/app/_trpc/client'
import type { Member } from './people-section'

export function RemoveMember({ member }: { member: Member }) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  const [isConfirming, setConfirming] = useState(false)
  const remove = useMutation(
    api.member.remove.mutationOptions({
      onSuccess: () => setConfirming(false),
      onSettled: () => queryClient.invalidateQueries(api.member.list.pathFilter()),
    }),
  )
  const isInvited = member.status === 'invited'
  return (
    <>
      <Button variant="quiet" className="-mr-3" onClick={() => setConfirming(true)}>
        {isInvited ? 'Withdraw' : 'Remove'}
      </Button>
      <Confirm
        open={isConfirming}
        onOpenChange={setConfirming}
        title={isInvited ? `Withdraw the invitation for ${member.email}?` : `Remove ${member.name}?`}
        description={
          isInvited
            ? 'The link no longer works.'
            : 'They lose access to this company at once, and so do their tokens. Live updates on their screens end within seconds.'
        }
        keep={isInvited ? 'Keep it' : 'Keep them'}
        confirm={isInvited ? 'Withdraw' : 'Remove'}
        isPending={remove.isPending}
        error={remove.error ? errorMessage(remove.error) : null}
        onConfirm={() => remove.mutate({ companyId: member.companyId, memberId: member.id })}
      />
    </>
  )
}
