'use client'

import { type FormEvent, useState } from 'react'
import { Allowed, FieldsFor } from '@/app/_access/allowed'
import { budgetTextOf, microsOfBudgetText } from '@/app/_components/budget-text'
import { Button } from '@/app/_components/ui/button'
import { TextField } from '@/app/_components/ui/text-field'
import { fieldErrorOf } from '@/app/_trpc/api-error'
import type { Company } from '@/app/_trpc/client'
import { formatMicros } from '@/server/domain/money'
import { useUpdateCompany } from './use-update-company'

export function CompanyForm({ company }: { company: Company }) {
  const [name, setName] = useState(company.name)
  const [budget, setBudget] = useState(budgetTextOf(company.budgetMonthlyMicros))
  const update = useUpdateCompany(() => 'Saved.')
  const fault = update.error ? fieldErrorOf(update.error) : null
  const budgetError = fault?.path === 'budgetMonthlyMicros' ? fault.message : null
  const micros = microsOfBudgetText(budget)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (micros === undefined) return
    update.mutate({ id: company.id, name: name.trim(), budgetMonthlyMicros: micros })
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <FieldsFor act="company.update">
        <TextField
          label="Name"
          error={fault && fault.path !== 'budgetMonthlyMicros' ? fault.message : null}
          required
          maxLength={200}
          autoComplete="off"
          value={name}
          onText={setName}
        />
        <TextField
          label="Monthly budget (dollars)"
          hint={`${formatMicros(company.spentMonthlyMicros)} is spent this month. Once the budget is spent, no agent is woken until the next month. Empty: no limit.`}
          error={micros === undefined ? 'must be an amount in dollars' : budgetError}
          inputClassName="sm:max-w-[50%]"
          inputMode="decimal"
          autoComplete="off"
          value={budget}
          onText={setBudget}
        />
      </FieldsFor>
      <Allowed to="company.update">
        <Button variant="primary" type="submit" disabled={update.isPending} className="justify-self-start">
          Save changes
        </Button>
      </Allowed>
    </form>
  )
}
