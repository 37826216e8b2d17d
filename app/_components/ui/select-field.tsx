'use client'

import type { ReactNode } from 'react'
import { Field, inputClass } from './field'

type SelectFieldProps<Value extends string> = {
  label: string
  hint?: ReactNode
  error?: string | null
  value: Value
  options: readonly (readonly [value: Value, label: string])[]
  onChange: (value: Value) => void
}

/** A labelled select of one value. */
export function SelectField<Value extends string>({
  label,
  hint,
  error,
  value,
  options,
  onChange,
}: SelectFieldProps<Value>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => (
        <select
          {...control}
          className={inputClass}
          value={value}
          onChange={(event) => {
            const chosen = options.find(([option]) => option === event.target.value)
            if (chosen) onChange(chosen[0])
          }}
        >
          {options.map(([option, text]) => (
            <option key={option} value={option}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}
