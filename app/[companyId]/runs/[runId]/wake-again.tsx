'use client'

import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Dialog } from '@/app/_components/ui/dialog'
import { DialogButtons } from '@/app/_components/ui/dialog-buttons'
import { Field, inputClass } from '@/app/_components/ui/field'
import { TextField } from '@/app/_components/ui/text-field'
import { errorMessage } from '@/app/_trpc/api-error'
import { type Outputs, useTRPC, type WholeRun } from '@/app/_trpc/client'
import { wakeupsOf } from '@/server/domain/run-context'

type WakeAgainProps = { run: WholeRun; onClose: () => void; onWoken: (answer: Outputs['wakeup']['create']) => void }

/** Wakes the agent again, with the reason and payload of this run as defaults. */
export function WakeAgain({ run, onClose, onWoken }: WakeAgainProps) {
  const api = useTRPC()
  const last = wakeupsOf(run.contextSnapshot).at(-1)
  const [reason, setReason] = useState(last?.reason ?? '')
  const [payload, setPayload] = useState(last?.payload == null ? '' : JSON.stringify(last.payload, null, 2))
  const [fault, setFault] = useState<string | null>(null)
  const wake = useMutation(
    api.wakeup.create.mutationOptions({
      onSuccess(answer) {
        onWoken(answer)
        onClose()
      },
    }),
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const read = parsed(payload)
    setFault(read.ok ? null : 'This is not JSON.')
    if (!read.ok) return
    const given = reason.trim()
    wake.mutate({
      agentId: run.agentId,
      ...(given && { reason: given }),
      ...(read.value !== undefined && { payload: read.value }),
    })
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Wake ${run.agentName}`}
      description="The reason and the payload are those of this run. You can change both."
    >
      <form onSubmit={submit} className="grid gap-4">
        <TextField label="Reason" maxLength={2_000} autoComplete="off" value={reason} onText={setReason} />
        <Field
          label="Payload (JSON)"
          hint="Passed to the agent in the context of its run."
          error={fault ?? errorOf(wake.error)}
        >
          {(control) => (
            <textarea
              {...control}
              className={`${inputClass} font-mono text-log`}
              rows={8}
              spellCheck={false}
              value={payload}
              onChange={(event) => setPayload(event.target.value)}
            />
          )}
        </Field>
        <DialogButtons submit="Wake" isPending={wake.isPending} onCancel={onClose} />
      </form>
    </Dialog>
  )
}

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

function parsed(text: string): { ok: true; value: Json | undefined } | { ok: false } {
  if (text.trim() === '') return { ok: true, value: undefined }
  try {
    return { ok: true, value: JSON.parse(text) as Json }
  } catch {
    return { ok: false }
  }
}

function errorOf(error: unknown): string | null {
  return error ? errorMessage(error) : null
}
