'use client'

import { SelectField } from '@/app/_components/ui/select-field'
import { TextField } from '@/app/_components/ui/text-field'
import type { Outputs } from '@/app/_trpc/client'
import type { AgentFormState } from './use-agent-form'

type IdentityFieldsProps = { form: AgentFormState; adapters: Outputs['adapter']['list'] }

export function IdentityFields({ form, adapters }: IdentityFieldsProps) {
  const { draft, errorAt, change, changeAdapter } = form
  const chosen = adapters.find((adapter) => adapter.type === draft.adapterType)
  return (
    <div className="grid gap-4">
      <TextField
        label="Name"
        error={errorAt('name')}
        required
        maxLength={200}
        autoComplete="off"
        value={draft.name}
        onText={(name) => change({ name })}
      />
      <SelectField
        label="Adapter"
        hint={chosen?.description}
        error={errorAt('adapterType')}
        value={draft.adapterType}
        options={adapters.map(({ type, label }) => [type, label] as const)}
        onChange={changeAdapter}
      />
    </div>
  )
}

export function BudgetField({ form: { draft, errorAt, change } }: { form: AgentFormState }) {
  return (
    <TextField
      label="Monthly budget (dollars)"
      hint="Once it is spent, the agent is not woken until the next month. Empty: no limit."
      error={errorAt('budgetMonthlyMicros')}
      className="sm:max-w-[50%]"
      inputMode="decimal"
      autoComplete="off"
      value={draft.budget}
      onText={(budget) => change({ budget })}
    />
  )
}
