'use client'

import { useEffect, useRef, useState } from 'react'
import { type FieldError, fieldErrorOf } from '@/app/_trpc/api-error'
import { type AdapterField, fieldsOf } from './adapter-fields'
import { type AgentDraft, agentDraftOf, agentOf } from './agent-draft'
import type { AgentFormProps } from './agent-form'
import { draftOf, type FieldValue } from './draft'

export type AgentFormState = ReturnType<typeof useAgentForm>

/** The draft of an agent and what is wrong with it, as the form or the server found. */
export function useAgentForm({ adapters, stored, error }: Pick<AgentFormProps, 'adapters' | 'stored' | 'error'>) {
  const ref = useRef<HTMLFormElement>(null)
  const fieldsFor = (type: string) => fieldsOf(adapters.find((adapter) => adapter.type === type)?.configSchema)
  const [draft, setDraft] = useState<AgentDraft>(() => {
    const type = stored?.adapterType ?? adapters[0]?.type ?? ''
    return agentDraftOf(stored, type, fieldsFor(type))
  })
  const [ownFault, setOwnFault] = useState<FieldError | null>(null)
  const fields = fieldsFor(draft.adapterType)
  const fault = ownFault ?? (error ? fieldErrorOf(error) : null)
  const errorAt = (path: string) => (fault && isAt(fault, path) ? fault.message : null)
  const hasPlace = fault !== null && pathsOf(fields).some((path) => isAt(fault, path))

  useEffect(() => {
    if (ownFault ?? error) ref.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus()
  }, [ownFault, error])

  const change = (part: Partial<AgentDraft>) => setDraft({ ...draft, ...part })
  return {
    ref,
    draft,
    fields,
    errorAt,
    /** What is wrong with no field in particular. */
    formError: fault && !hasPlace ? fault.message : null,
    change,
    changeConfig: (name: string, value: FieldValue) => change({ config: { ...draft.config, [name]: value } }),
    changeAdapter: (adapterType: string) => change({ adapterType, config: draftOf(fieldsFor(adapterType), {}) }),
    /** The agent as the server takes it, or null when the form has to be put right first. */
    read() {
      const { agent, fault: found } = agentOf(draft, fields)
      setOwnFault(found)
      return agent
    },
  }
}

function isAt(fault: FieldError, path: string): boolean {
  return fault.path === path || fault.path.startsWith(`${path}.`)
}

const heartbeatNames = [
  'intervalSec',
  'cron',
  'timezone',
  'cooldownSec',
  'maxConcurrentRuns',
  'retryOnRunnerLost',
] as const

function pathsOf(fields: readonly AdapterField[]): string[] {
  return [
    ...['name', 'adapterType', 'budgetMonthlyMicros'],
    ...heartbeatNames.map((name) => `runtimeConfig.heartbeat.${name}`),
    ...fields.map((field) => `adapterConfig.${field.name}`),
  ]
}
