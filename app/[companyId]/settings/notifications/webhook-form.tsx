'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { toast } from 'sonner'
import { Confirm } from '@/app/_components/confirm'
import { ShownOnce } from '@/app/_components/shown-once'
import { toastSuccess } from '@/app/_components/toast-success'
import { Button } from '@/app/_components/ui/button'
import { Dialog } from '@/app/_components/ui/dialog'
import { TextField } from '@/app/_components/ui/text-field'
import { errorMessage, fieldErrorOf } from '@/app/_trpc/api-error'
import { type Outputs, useTRPC } from '@/app/_trpc/client'

type WebhookFormProps = { companyId: string; webhook: Outputs['notification']['settings']['webhook'] }

/** The address of the webhook, its secret, a test delivery, and its removal. */
export function WebhookForm({ companyId, webhook }: WebhookFormProps) {
  const { save, test, remove, secret, closeSecret } = useWebhook(companyId)
  const [url, setUrl] = useState(webhook?.url ?? '')
  const [isConfirming, setConfirming] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate({ companyId, url: url.trim() })
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <TextField
        label="Address"
        hint="Each notification is posted to this address as JSON, signed with a secret. Failed deliveries are retried for nine hours."
        error={save.error ? fieldErrorOf(save.error).message : null}
        type="url"
        required
        maxLength={2000}
        placeholder="https://example.com/reveille"
        autoComplete="off"
        spellCheck={false}
        inputClassName="font-mono text-log"
        value={url}
        onText={setUrl}
      />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" disabled={save.isPending || url.trim() === (webhook?.url ?? '')}>
          Save webhook
        </Button>
        {webhook && (
          <>
            <Button disabled={test.isPending} onClick={() => test.mutate({ companyId })}>
              Send a test
            </Button>
            <Button
              disabled={save.isPending}
              onClick={() => save.mutate({ companyId, url: webhook.url, newSecret: true })}
            >
              New secret
            </Button>
            <Button variant="danger" onClick={() => setConfirming(true)}>
              Remove
            </Button>
          </>
        )}
      </div>
      <Confirm
        open={isConfirming}
        onOpenChange={setConfirming}
        title="Remove the webhook?"
        description="Nothing more is sent to it, not even pending deliveries. Its secret is deleted."
        keep="Keep it"
        confirm="Remove"
        isPending={remove.isPending}
        error={remove.error ? errorMessage(remove.error) : null}
        onConfirm={() => remove.mutate({ companyId })}
      />
      <SecretDialog secret={secret} onClose={closeSecret} />
    </form>
  )
}

function useWebhook(companyId: string) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  const [secret, setSecret] = useState<string | null>(null)
  const queryKey = api.notification.settings.queryKey({ companyId })
  const refetch = () => queryClient.invalidateQueries({ queryKey })
  const save = useMutation(
    api.notification.setWebhook.mutationOptions({
      onMutate: () => queryClient.getQueryData(queryKey)?.webhook?.url,
      onSuccess(stored, _given, former) {
        if (stored.secret) return setSecret(stored.secret)
        const undo = former && former !== stored.url ? () => save.mutate({ companyId, url: former }) : undefined
        toastSuccess(`Notifications now go to ${new URL(stored.url).host}.`, undo)
        void refetch()
      },
    }),
  )
  const test = useMutation(
    api.notification.test.mutationOptions({
      onSuccess() {
        toast.success('A test notification was queued. Its result appears under Deliveries.')
        void queryClient.invalidateQueries(api.notification.deliveries.pathFilter())
      },
      onError: (error) => toast.error(errorMessage(error)),
    }),
  )
  const remove = useMutation(
    api.notification.removeWebhook.mutationOptions({
      onSuccess() {
        toast.success('The webhook is removed.')
        return refetch()
      },
    }),
  )
  const closeSecret = () => {
    setSecret(null)
    void refetch()
  }
  return { save, test, remove, secret, closeSecret }
}

function SecretDialog({ secret, onClose }: { secret: string | null; onClose: () => void }) {
  return (
    <Dialog
      open={secret !== null}
      onOpenChange={(open) => !open && onClose()}
      title="The webhook's secret"
      description="The receiver verifies with it that a message comes from this server."
    >
      <ShownOnce what="Secret" value={secret ?? ''} onClose={onClose} />
    </Dialog>
  )
}
