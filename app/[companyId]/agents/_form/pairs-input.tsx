'use client'

import { KeyRound, Plus, X } from 'lucide-react'
import { Button } from '@/app/_components/ui/button'
import { cn } from '@/app/_components/ui/classes'
import { inputClass } from '@/app/_components/ui/field'
import type { Pair } from './draft'
import { SecretSelect } from './secret-select'

type PairsInputProps = {
  label: string
  hint: string | null
  isError: boolean
  pairs: readonly Pair[]
  onChange: (pairs: Pair[]) => void
}

/** Edits variables or headers as rows of key and value. */
export function PairsInput({ label, hint, isError, pairs, onChange }: PairsInputProps) {
  const change = (id: number, fields: Partial<Pair>) =>
    onChange(pairs.map((pair) => (pair.id === id ? { ...pair, ...fields } : pair)))
  const add = () => {
    const id = Math.max(-1, ...pairs.map((pair) => pair.id)) + 1
    onChange([...pairs, { id, name: '', value: '', secret: null }])
  }
  return (
    <fieldset className="grid gap-1">
      <legend className="mb-1 font-medium">{label}</legend>
      {pairs.map((pair, index) => (
        <PairRow
          key={pair.id}
          pair={pair}
          number={index + 1}
          onChange={(fields) => change(pair.id, fields)}
          onRemove={() => onChange(pairs.filter((other) => other.id !== pair.id))}
        />
      ))}
      <Button onClick={add} variant="quiet" className="-ml-2 justify-self-start px-2 text-accent">
        <Plus aria-hidden className="size-3.5" />
        Add to {label.toLowerCase()}
      </Button>
      {hint && <p className={cn('text-small', isError ? 'text-failed' : 'text-muted')}>{hint}</p>}
    </fieldset>
  )
}

type PairRowProps = { pair: Pair; number: number; onChange: (fields: Partial<Pair>) => void; onRemove: () => void }

function PairRow({ pair, number, onChange, onRemove }: PairRowProps) {
  return (
    <div className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)_2rem_2rem] items-center gap-x-1.5">
      <input
        aria-label={`Key ${number}`}
        className={`${inputClass} font-mono text-log`}
        placeholder="KEY"
        autoComplete="off"
        spellCheck={false}
        value={pair.name}
        onChange={(event) => onChange({ name: event.target.value })}
      />
      {pair.secret === null ? (
        <input
          aria-label={`Value ${number}`}
          className={`${inputClass} font-mono text-log`}
          placeholder="value"
          autoComplete="off"
          spellCheck={false}
          value={pair.value}
          onChange={(event) => onChange({ value: event.target.value })}
        />
      ) : (
        <SecretSelect label={`Secret ${number}`} name={pair.secret} onChange={(secret) => onChange({ secret })} />
      )}
      <button
        type="button"
        aria-pressed={pair.secret !== null}
        title={pair.secret === null ? 'Use a secret of the company' : 'Use plain text'}
        onClick={() => onChange(pair.secret === null ? { secret: '', value: '' } : { secret: null })}
        className="grid size-8 place-items-center rounded text-muted hover:bg-hover hover:text-ink aria-pressed:text-accent"
      >
        <KeyRound aria-label={`Use a secret for row ${number}`} className="size-3.5" />
      </button>
      <button
        type="button"
        onClick={onRemove}
        className="grid size-8 place-items-center rounded text-muted hover:bg-hover hover:text-ink"
      >
        <X aria-label={`Remove key ${number}`} className="size-3.5" />
      </button>
    </div>
  )
}
