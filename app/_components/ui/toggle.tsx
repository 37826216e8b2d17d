'use client'

import { cn } from './classes'

type ToggleProps<Value extends string> = {
  label: string
  values: Readonly<Partial<Record<Value, string>>>
  value: Value
  onChange: (value: Value) => void
  className?: string
}

/** Selects one of a few values, shown side by side. */
export function Toggle<Value extends string>({ label, values, value, onChange, className }: ToggleProps<Value>) {
  const entries = Object.entries(values) as [Value, string][]
  return (
    <fieldset className={cn('inline-flex h-7 shrink-0 rounded-md border border-line-strong p-px', className)}>
      <legend className="sr-only">{label}</legend>
      {entries.map(([key, text]) => (
        <button
          key={key}
          type="button"
          aria-pressed={key === value}
          onClick={() => onChange(key)}
          className="rounded px-2.5 text-muted text-small hover:text-ink aria-pressed:bg-selected aria-pressed:font-medium aria-pressed:text-ink"
        >
          {text}
        </button>
      ))}
    </fieldset>
  )
}
