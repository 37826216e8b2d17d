'use client'

import type { FormEvent } from 'react'
import { Section } from '@/app/_components/section'
import { Button } from '@/app/_components/ui/button'
import type { Agent, Outputs } from '@/app/_trpc/client'
import type { agentOf } from './agent-draft'
import { BudgetField, IdentityFields } from './agent-fields'
import { CheckButton } from './check-button'
import { ConfigField } from './config-field'
import { HeartbeatSection } from './heartbeat-section'
import { type AgentFormState, useAgentForm } from './use-agent-form'

export type AgentInput = NonNullable<ReturnType<typeof agentOf>['agent']>

export type AgentFormProps = {
  companyId: string
  adapters: Outputs['adapter']['list']
  stored: Agent | null
  submitLabel: string
  onSubmit: (agent: AgentInput) => void
  isSaving: boolean
  error: unknown
}

/** Creates or edits an agent. Errors of the server appear at the field they belong to. */
export function AgentForm(props: AgentFormProps) {
  const { companyId, adapters, submitLabel, onSubmit, isSaving } = props
  const form = useAgentForm(props)
  const { draft, change, errorAt, read } = form
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const agent = read()
    if (agent) onSubmit(agent)
  }
  return (
    <form ref={form.ref} onSubmit={submit} className="max-w-[44rem] px-4 py-6 sm:px-6 2xl:max-w-[96rem]">
      <div className="2xl:grid 2xl:grid-cols-2 2xl:gap-x-16">
        <div>
          <div className="mb-8 grid gap-8">
            <IdentityFields form={form} adapters={adapters} />
          </div>
          <AdapterSection companyId={companyId} form={form} />
        </div>
        <div className="max-2xl:mt-8">
          <Section title="When it is woken">
            <HeartbeatSection
              draft={draft.heartbeat}
              onChange={(heartbeat) => change({ heartbeat })}
              errorAt={errorAt}
            />
          </Section>
          <Section title="What it may cost">
            <BudgetField form={form} />
          </Section>
        </div>
      </div>
      <div className="mt-8 grid gap-3">
        {form.formError && (
          <p role="alert" className="border-failed border-l-2 pl-3">
            {form.formError}
          </p>
        )}
        <Button variant="primary" type="submit" disabled={isSaving} className="justify-self-start">
          {submitLabel}
        </Button>
      </div>
    </form>
  )
}

function AdapterSection({ companyId, form }: { companyId: string; form: AgentFormState }) {
  const { draft, fields, changeConfig, errorAt, read } = form
  return (
    <Section title="What it runs">
      <div className="grid gap-4 sm:grid-cols-2">
        {fields.map((field) => (
          <div key={`${draft.adapterType}.${field.name}`} className={field.kind === 'number' ? '' : 'sm:col-span-2'}>
            <ConfigField
              field={field}
              value={draft.config[field.name] ?? ''}
              onChange={(value) => changeConfig(field.name, value)}
              error={errorAt(`adapterConfig.${field.name}`)}
            />
          </div>
        ))}
      </div>
      <CheckButton companyId={companyId} adapterType={draft.adapterType} config={() => read()?.adapterConfig ?? null} />
    </Section>
  )
}
