'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { toast } from 'sonner'
import { Button } from '@/app/_components/ui/button'
import { TextField } from '@/app/_components/ui/text-field'
import { fieldErrorOf } from '@/app/_trpc/api-error'
import { useTRPC } from '@/app/_trpc/client'

type SetSecretFormProps = { companyId: string; replaced: string | null; onDone: () => void }

/** Stores a new secret, or a new value for the secret `replaced`. */
export function SetSecretForm({ companyId, replaced, onDone }: SetSecretFormProps) {
  const [name, setName] = useState(replaced ?? '')
  const [value, setValue] = useState('')
  const set = useSetSecret(() => {
    setName('')
    setValue('')
    onDone()
  })
  const fault = set.error ? fieldErrorOf(set.error) : null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    set.mutate({ companyId, name: name.trim(), value })
  }
  const common = {
    required: true,
    autoComplete: 'off',
    spellCheck: false,
    inputClassName: 'font-mono text-log',
  }
  return (
    <form onSubmit={submit} className="grid gap-4 sm:grid-cols-2">
      <TextField
        {...common}
        label="Name"
        error={fault && fault.path !== 'value' ? fault.message : null}
        placeholder="GITHUB_TOKEN"
        maxLength={200}
        readOnly={replaced !== null}
        value={name}
        onText={setName}
      />
      <TextField
        {...common}
        label={replaced ? 'New value' : 'Value'}
        error={fault?.path === 'value' ? fault.message : null}
        type="password"
        autoComplete="new-password"
        autoFocus={replaced !== null}
        value={value}
        onText={setValue}
      />
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

function useSetSecret(onDone: () => void) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  return useMutation(
    api.secret.set.mutationOptions({
      onSuccess(stored) {
        void queryClient.invalidateQueries(api.secret.list.pathFilter())
        toast.success(`${stored.name} is set. Runs that start from now on receive it.`)
        onDone()
      },
    }),
  )
}
