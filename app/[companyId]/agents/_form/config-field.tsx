'use client'

import { CheckField, Field, inputClass } from '@/app/_components/ui/field'
import type { AdapterField } from './adapter-fields'
import type { FieldValue } from './draft'
import { PairsInput } from './pairs-input'

type ConfigFieldProps = {
  field: AdapterField
  value: FieldValue
  onChange: (value: FieldValue) => void
  error: string | null
}

/** One field of an adapter's config. */
export function ConfigField({ field, value, onChange, error }: ConfigFieldProps) {
  if (typeof value === 'boolean') {
    return <CheckField label={field.label} hint={field.hint ?? undefined} checked={value} onChange={onChange} />
  }
  if (typeof value !== 'string') {
    return (
      <PairsInput
        label={field.label}
        hint={error ?? field.hint}
        isError={error !== null}
        pairs={value}
        onChange={onChange}
      />
    )
  }
  return (
    <Field label={field.label} hint={hintOf(field)} error={error}>
      {(control) => {
        const common = { ...control, value, required: field.required, autoComplete: 'off', spellCheck: false }
        const placeholder = placeholderOf(field)
        const onText = (event: { target: { value: string } }) => onChange(event.target.value)
        switch (field.kind) {
          case 'choice':
            return (
              <select {...control} className={inputClass} value={value} onChange={onText}>
                {field.choices.map((choice) => (
                  <option key={choice}>{choice}</option>
                ))}
              </select>
            )
          case 'lines':
          case 'long':
          case 'json':
            return (
              <textarea
                {...common}
                rows={Math.min(16, Math.max(3, (value || placeholder).split('\n').length + 1))}
                placeholder={placeholder}
                className={`${inputClass} font-mono text-log`}
                onChange={onText}
              />
            )
          default:
            return (
              <input
                {...common}
                className={`${inputClass} ${field.kind === 'text' ? 'font-mono text-log' : ''}`}
                inputMode={field.kind === 'number' ? 'numeric' : undefined}
                placeholder={placeholder}
                onChange={onText}
              />
            )
        }
      }}
    </Field>
  )
}

function hintOf(field: AdapterField): string | null {
  if (field.kind === 'lines') return 'One per line, without quotes. A JSON list works too.'
  return field.hint
}

/** The server's default as a placeholder. */
function placeholderOf({ kind, fallback }: AdapterField): string {
  if (fallback === undefined || fallback === null || kind === 'lines') return ''
  return kind === 'json' ? JSON.stringify(fallback) : String(fallback)
}
