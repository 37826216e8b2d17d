'use client'

type FilterSelectProps<Value extends string> = {
  label: string
  /** The label of the option that removes the filter. */
  all: string
  value: Value | null
  options: readonly (readonly [Value, string])[]
  onChange: (value: Value | null) => void
}

/** A select that filters a list. */
export function FilterSelect<Value extends string>({ label, all, value, options, onChange }: FilterSelectProps<Value>) {
  return (
    <select
      aria-label={label}
      value={value ?? ''}
      onChange={(event) => onChange(options.find(([option]) => option === event.target.value)?.[0] ?? null)}
      className="h-8 shrink-0 rounded-md border border-line-strong bg-raised px-2 max-sm:h-9"
    >
      <option value="">{all}</option>
      {options.map(([option, text]) => (
        <option key={option} value={option}>
          {text}
        </option>
      ))}
    </select>
  )
}
