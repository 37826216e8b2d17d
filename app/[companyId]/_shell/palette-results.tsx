'use client'

import { useMutation } from '@tanstack/react-query'
import { Command } from 'cmdk'
import { useRouter } from 'next/navigation'
import type { ReactNode } from 'react'
import { toast } from 'sonner'
import { wakeupMessage } from '@/app/_components/labels'
import { shortId } from '@/app/_components/short-id'
import { StatusMark, StatusShape } from '@/app/_components/status-mark'
import { Ago } from '@/app/_time/times'
import { errorMessage } from '@/app/_trpc/api-error'
import { type Agent, type Run, useTRPC } from '@/app/_trpc/client'
import type { NavItem } from './nav-items'
import type { PaletteAction } from './palette-actions'

export function PageResults({ pages, onOpen }: { pages: readonly NavItem[]; onOpen: (path: string) => void }) {
  return (
    <Group heading="Go to">
      {pages.map((page) => (
        <Item key={page.href} value={`page ${page.label}`} onSelect={() => onOpen(page.href)}>
          <page.icon aria-hidden className="size-4 shrink-0 text-muted" strokeWidth={1.75} />
          {page.label}
        </Item>
      ))}
    </Group>
  )
}

export function AgentResults({ agents, onOpen }: { agents: readonly Agent[]; onOpen: (agentId: string) => void }) {
  return (
    <Group heading="Agents">
      {agents.map((agent) => (
        <Item key={agent.id} value={`agent ${agent.id}`} onSelect={() => onOpen(agent.id)}>
          <StatusShape status={agent.status} />
          <span className="min-w-0 flex-1 truncate">{agent.name}</span>
          <span className="text-muted text-small">{agent.status}</span>
        </Item>
      ))}
    </Group>
  )
}

export function RunResults({ runs, onOpen }: { runs: readonly Run[]; onOpen: (runId: string) => void }) {
  return (
    <Group heading="Runs">
      {runs.map((run) => (
        <Item key={run.id} value={`run ${run.id}`} onSelect={() => onOpen(run.id)}>
          <StatusMark status={run.status} />
          <span className="min-w-0 flex-1 truncate">
            {run.agentName} <span className="font-mono text-muted text-small">{shortId(run.id)}</span>
          </span>
          <span className="text-muted text-small">
            <Ago at={run.createdAt} />
          </span>
        </Item>
      ))}
    </Group>
  )
}

type ActionResultsProps = {
  companyId: string
  /** Agents that are offered to be woken. */
  wakeable: readonly Agent[]
  actions: readonly PaletteAction[]
  onClose: () => void
}

export function ActionResults({ companyId, wakeable, actions, onClose }: ActionResultsProps) {
  const wake = useWake(companyId)
  const closeAnd = (run: () => void) => () => {
    onClose()
    run()
  }
  return (
    <Group heading="Actions">
      {wakeable.map((agent) => (
        <Item key={agent.id} value={`wake ${agent.id}`} onSelect={closeAnd(() => wake.mutate({ agentId: agent.id }))}>
          <span className="truncate">Wake {agent.name}</span>
        </Item>
      ))}
      {actions.map(({ label, run }) => (
        <Item key={label} value={`do ${label}`} onSelect={closeAnd(run)}>
          {label}
        </Item>
      ))}
    </Group>
  )
}

function useWake(companyId: string) {
  const api = useTRPC()
  const router = useRouter()
  return useMutation(
    api.wakeup.create.mutationOptions({
      onSuccess(answer) {
        const path = `/${companyId}/runs/${answer.run?.id}` as const
        const open = { action: { label: 'Open run', onClick: () => router.push(path) } }
        toast.success(wakeupMessage(answer), answer.run ? open : {})
      },
      onError: (error) => toast.error(errorMessage(error)),
    }),
  )
}

function Group({ heading, children }: { heading: string; children: ReactNode[] | ReactNode[][] }) {
  if (children.flat().length === 0) return null
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-muted [&_[cmdk-group-heading]]:text-small"
    >
      {children}
    </Command.Group>
  )
}

function Item({ value, onSelect, children }: { value: string; onSelect: () => void; children: ReactNode }) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex h-9 cursor-pointer items-center gap-2.5 rounded px-3 data-[selected=true]:bg-hover max-sm:h-11"
    >
      {children}
    </Command.Item>
  )
}
