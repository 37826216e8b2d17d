'use client'

import { Field, inputClass } from '@/app/_components/ui/field'
import type { Outputs } from '@/app/_trpc/client'
import type { AgentFormState } from './use-agent-form'

type IdentityFieldsProps = { form: AgentFormState; adapters: Outputs['adapter']['list'] }

export function IdentityFields({ form, adapters }: IdentityFieldsProps) {
  const { draft, errorAt, change, changeAdapter } = form
  const chosen = adapters.find((adapter) => adapter.type === draft.adapterType)
  return (
    <div className="grid gap-4">
      <Field label="Name" error={errorAt('name')}>
        {(control) => (
          <input
            {...control}
            className={inputClass}
            value={draft.name}
            onChange={(event) => change({ name: event.target.value })}
            required
            maxLength={200}
            autoComplete="off"
          />
        )}
      </Field>
      <Field label="Adapter" hint={chosen?.description} error={errorAt('adapterType')}>
        {(control) => (
          <select
            {...control}
            className={inputClass}
            value={draft.adapterType}
            onChange={(event) => changeAdapter(event.target.value)}
          >
            {adapters.map((adapter) => (
              <option key={adapter.type} value={adapter.type}>
                {adapter.label}
              </option>
            ))}
          </select>
        )}
      </Field>
    </div>
  )
}

export function BudgetField({ form: { draft, errorAt, change } }: { form: AgentFormState }) {
  return (
    <Field
      label="Monthly budget (dollars)"
      hint="Once it is spent, the agent is not woken until the next month. Empty: no limit."
      error={errorAt('budgetMonthlyMicros')}
      className="sm:max-w-[50%]"
    >
      {(control) => (
        <input
          {...control}
          className={inputClass}
          inputMode="decimal"
          autoComplete="off"
          value={draft.budget}
          onChange={(event) => change({ budget: event.target.value })}
        />
      )}
    </Field>
  )
}
