'use client'

import { type ReactNode, useId } from 'react'
import { cn } from './classes'

export const inputClass =
  'block w-full rounded-md border border-line-strong bg-raised px-2.5 py-1.5 text-ink max-sm:text-[16px] aria-invalid:border-failed disabled:opacity-60'

type Control = { id: string; 'aria-describedby': string | undefined; 'aria-invalid': true | undefined }

type FieldProps = {
  label: string
  hint?: ReactNode
  error?: string | null
  className?: string
  /** Renders the control, which must spread the given props. */
  children: (control: Control) => ReactNode
}

/** A label, its control, and below it the hint or the error. */
export function Field({ label, hint, error, className, children }: FieldProps) {
  const id = useId()
  const noteId = `${id}-note`
  const note = error ?? hint
  return (
    <div className={cn('grid content-start gap-1', className)}>
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children({ id, 'aria-describedby': note ? noteId : undefined, 'aria-invalid': error ? true : undefined })}
      {note && (
        <p id={noteId} className={cn('text-small', error ? 'text-failed' : 'text-muted')}>
          {note}
        </p>
      )}
    </div>
  )
}

export function CheckField({
  label,
  hint,
  checked,
  onChange,
}: {
  label: string
  hint?: string
  checked: boolean
  onChange: (checked: boolean) => void
}) {
  const id = useId()
  return (
    <div className="flex items-start gap-2">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
        className="mt-0.5 size-4 shrink-0"
      />
      <label htmlFor={id}>
        {label}
        {hint && <span className="block text-muted text-small">{hint}</span>}
      </label>
    </div>
  )
}
