'use client'

type FilterSelectProps<Value extends string> = {
  label: string
  /** What choosing nothing is called. */
  all: string
  value: Value | null
  options: readonly (readonly [Value, string])[]
  onChange: (value: Value | null) => void
}

/** One choice of a list's filter. */
export function FilterSelect<Value extends string>({ label, all, value, options, onChange }: FilterSelectProps<Value>) {
  return (
    <select
      aria-label={label}
      value={value ?? ''}
      onChange={(event) => onChange(options.find(([option]) => option === event.target.value)?.[0] ?? null)}
      className="h-8 shrink-0 rounded-md border border-line-strong bg-raised px-2 max-sm:h-9"
    >
      <option value="">{all}</option>
      {options.map(([option, words]) => (
        <option key={option} value={option}>
          {words}
        </option>
      ))}
    </select>
  )
}
