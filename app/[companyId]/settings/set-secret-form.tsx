'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { toast } from 'sonner'
import { Button } from '@/app/_components/ui/button'
import { Field, inputClass } from '@/app/_components/ui/field'
import { fieldErrorOf } from '@/app/_trpc/api-error'
import { useTRPC } from '@/app/_trpc/client'

type SetSecretFormProps = { companyId: string; replaced: string | null; onDone: () => void }

/** A new secret, or another value for the one that is `replaced`. */
export function SetSecretForm({ companyId, replaced, onDone }: SetSecretFormProps) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  const [name, setName] = useState(replaced ?? '')
  const [value, setValue] = useState('')
  const set = useMutation(
    api.secret.set.mutationOptions({
      onSuccess(stored) {
        void queryClient.invalidateQueries(api.secret.list.pathFilter())
        toast.success(`${stored.name} is set. Runs that begin now get it.`)
        setName('')
        setValue('')
        onDone()
      },
    }),
  )
  const fault = set.error ? fieldErrorOf(set.error) : null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    set.mutate({ companyId, name: name.trim(), value })
  }
  const common = {
    required: true,
    autoComplete: 'off',
    spellCheck: false,
    className: `${inputClass} font-mono text-log`,
  }
  return (
    <form onSubmit={submit} className="grid gap-4 sm:grid-cols-2">
      <Field label="Name" error={fault && fault.path !== 'value' ? fault.message : null}>
        {(control) => (
          <input
            {...control}
            {...common}
            placeholder="GITHUB_TOKEN"
            maxLength={200}
            readOnly={replaced !== null}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <Field label={replaced ? 'New value' : 'Value'} error={fault?.path === 'value' ? fault.message : null}>
        {(control) => (
          <input
            {...control}
            {...common}
            type="password"
            autoComplete="new-password"
            // biome-ignore lint/a11y/noAutofocus: it was asked for just now, by the button of its row
            autoFocus={replaced !== null}
            value={value}
            onChange={(event) => setValue(event.target.value)}
          />
        )}
      </Field>
      <div className="flex gap-2 sm:col-span-2">
        <Button type="submit" disabled={set.isPending}>
          {replaced ? 'Replace secret' : 'Set secret'}
        </Button>
        {replaced && (
          <Button variant="quiet" onClick={onDone}>
            Cancel
          </Button>
        )}
      </div>
    </form>
  )
}
