'use client'

import { useEffect, useRef, useState } from 'react'
import { type FieldError, fieldErrorOf } from '@/app/_trpc/api-error'
import { type AdapterField, fieldsOf } from './adapter-fields'
import { type AgentDraft, agentDraftOf, agentOf } from './agent-draft'
import type { AgentFormProps } from './agent-form'
import { draftOf, type FieldValue } from './draft'

export type AgentFormState = ReturnType<typeof useAgentForm>

/** The draft of an agent and its error, found by the form or by the server. */
export function useAgentForm({ adapters, stored, error }: Pick<AgentFormProps, 'adapters' | 'stored' | 'error'>) {
  const ref = useRef<HTMLFormElement>(null)
  const fieldsFor = (type: string) => fieldsOf(adapters.find((adapter) => adapter.type === type)?.configSchema)
  const [draft, setDraft] = useState<AgentDraft>(() => {
    const type = stored?.adapterType ?? adapters[0]?.type ?? ''
    return agentDraftOf(stored, type, fieldsFor(type))
  })
  const [draftError, setDraftError] = useState<FieldError | null>(null)
  const fields = fieldsFor(draft.adapterType)
  const fieldError = draftError ?? (error ? fieldErrorOf(error) : null)
  const errorAt = (path: string) => (fieldError && isAt(fieldError, path) ? fieldError.message : null)
  const hasField = fieldError !== null && pathsOf(fields).some((path) => isAt(fieldError, path))

  useEffect(() => {
    if (draftError ?? error) ref.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus()
  }, [draftError, error])

  const change = (part: Partial<AgentDraft>) => setDraft({ ...draft, ...part })
  return {
    ref,
    draft,
    fields,
    errorAt,
    /** An error that belongs to none of the fields. */
    formError: fieldError && !hasField ? fieldError.message : null,
    change,
    changeConfig: (name: string, value: FieldValue) => change({ config: { ...draft.config, [name]: value } }),
    changeAdapter: (adapterType: string) => change({ adapterType, config: draftOf(fieldsFor(adapterType), {}) }),
    /** The agent as the API takes it, or null if the draft has an error, which is then shown. */
    read() {
      const { agent, error: found } = agentOf(draft, fields)
      setDraftError(found)
      return agent
    },
  }
}

function isAt(error: FieldError, path: string): boolean {
  return error.path === path || error.path.startsWith(`${path}.`)
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
