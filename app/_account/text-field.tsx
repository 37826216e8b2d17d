'use client'

import type { ComponentProps, ReactNode } from 'react'
import { Field, inputClass } from '@/app/_components/ui/field'

type TextFieldProps = Omit<ComponentProps<'input'>, 'value' | 'onChange' | 'className'> & {
  label: string
  hint?: ReactNode
  error?: string | null
  value: string
  onText: (text: string) => void
}

/** A label and one line of text. */
export function TextField({ label, hint, error, onText, ...input }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => (
        <input {...input} {...control} className={inputClass} onChange={(event) => onText(event.target.value)} />
      )}
    </Field>
  )
}

export const passwordHint = 'At least 10 characters. A few words are better than a few signs.'
