'use client'

import type { ComponentProps, ReactNode } from 'react'
import { cn } from './classes'
import { Field, inputClass } from './field'

type TextFieldProps = Omit<ComponentProps<'input'>, 'value' | 'onChange'> & {
  label: string
  hint?: ReactNode
  error?: string | null
  /** Classes of the input; `className` is for the whole field. */
  inputClassName?: string
  value: string
  onText: (text: string) => void
}

/** A labelled input of one line. */
export function TextField({ label, hint, error, className, inputClassName, onText, ...input }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} className={className}>
      {(control) => (
        <input
          {...input}
          {...control}
          className={cn(inputClass, inputClassName)}
          onChange={(event) => onText(event.target.value)}
        />
      )}
    </Field>
  )
}
