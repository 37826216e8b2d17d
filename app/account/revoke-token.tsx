'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Confirm } from '@/app/_components/confirm'
import { Button } from '@/app/_components/ui/button'
import { useTRPC } from '@/app/_trpc/client'
import { sentenceOf } from '@/app/_trpc/failure'

export function RevokeToken({ tokenId, name }: { tokenId: string; name: string }) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  const [asking, setAsking] = useState(false)
  const revoke = useMutation(
    api.token.revoke.mutationOptions({
      onSuccess: () => setAsking(false),
      onSettled: () => queryClient.invalidateQueries(api.token.list.pathFilter()),
    }),
  )
  return (
    <>
      <Button look="quiet" className="-mr-3" onClick={() => setAsking(true)}>
        Revoke
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={`Revoke ${name}?`}
        description="Programs that use this token are refused from now on, and what they follow ends within seconds. It can not be taken back."
        keep="Keep it"
        confirm="Revoke"
        isPending={revoke.isPending}
        error={revoke.error ? sentenceOf(revoke.error) : null}
        onConfirm={() => revoke.mutate({ tokenId })}
      />
    </>
  )
}
