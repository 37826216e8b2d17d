'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { errorMessage } from '@/app/_trpc/api-error'
import { useTRPC } from '@/app/_trpc/client'
import type { Delivery } from './deliveries'

/** Sends a delivery again, to the current address of the webhook, with the same delivery id. */
export function SendAgain({ companyId, delivery }: { companyId: string; delivery: Delivery }) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  const send = useMutation(
    api.notification.sendAgain.mutationOptions({
      onSuccess: () => toast.success(`“${delivery.title}” is being sent again.`),
      onError: (error) => toast.error(`Not sent. ${errorMessage(error)}`),
      onSettled: () => queryClient.invalidateQueries(api.notification.deliveries.pathFilter()),
    }),
  )
  return (
    <button
      type="button"
      disabled={send.isPending}
      onClick={() => send.mutate({ companyId, deliveryId: delivery.id })}
      className="rounded text-accent hover:underline disabled:opacity-55"
    >
      Send again
    </button>
  )
}
