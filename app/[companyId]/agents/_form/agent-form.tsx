'use client'

import type { FormEvent, ReactNode } from 'react'
import { Button } from '@/app/_components/ui/button'
import type { Agent, Outputs } from '@/app/_trpc/client'
import type { agentOf } from './agent-draft'
import { BudgetField, IdentityFields } from './agent-fields'
import { CheckButton } from './check-button'
import { ConfigField } from './config-field'
import { HeartbeatPart } from './heartbeat-part'
import { useAgentForm } from './use-agent-form'

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

/** Makes or changes an agent. What the server refuses is shown at its field. */
export function AgentForm(props: AgentFormProps) {
  const { companyId, adapters, submitLabel, onSubmit, isSaving } = props
  const form = useAgentForm(props)
  const { draft, fields, change, changeConfig, errorAt, read } = form
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const agent = read()
    if (agent) onSubmit(agent)
  }
  return (
    <form ref={form.ref} onSubmit={submit} className="grid max-w-[44rem] gap-8 px-4 py-6 sm:px-6">
      <IdentityFields form={form} adapters={adapters} />
      <Part title="What it runs">
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
        <CheckButton
          companyId={companyId}
          adapterType={draft.adapterType}
          config={() => read()?.adapterConfig ?? null}
        />
      </Part>
      <Part title="When it is woken">
        <HeartbeatPart draft={draft.heartbeat} onChange={(heartbeat) => change({ heartbeat })} errorAt={errorAt} />
      </Part>
      <Part title="What it may cost">
        <BudgetField form={form} />
      </Part>
      <div className="grid gap-3">
        {form.homeless && (
          <p role="alert" className="border-failed border-l-2 pl-3">
            {form.homeless}
          </p>
        )}
        <Button look="primary" type="submit" disabled={isSaving} className="justify-self-start">
          {submitLabel}
        </Button>
      </div>
    </form>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="grid gap-4">
      <h2 className="border-b pb-1.5 font-semibold">{title}</h2>
      {children}
    </section>
  )
}
