'use client'

import { useMutation } from '@tanstack/react-query'
import { Command } from 'cmdk'
import { useRouter } from 'next/navigation'
import { Dialog } from 'radix-ui'
import { type ReactNode, useState } from 'react'
import { toast } from 'sonner'
import { useCan } from '@/app/_access/use-can'
import { wakeupMessage } from '@/app/_components/labels'
import { shortId } from '@/app/_components/short-id'
import { StatusMark, StatusShape } from '@/app/_components/status-mark'
import { storeTheme } from '@/app/_components/theme'
import { Ago } from '@/app/_time/times'
import { errorMessage } from '@/app/_trpc/api-error'
import { useTRPC } from '@/app/_trpc/client'
import { navItemsOf } from './nav-items'
import { usePaletteSearch } from './use-palette-search'

type PaletteProps = { companyId: string; onClose: () => void; onHelp: () => void }

/** Finds pages, agents, runs and actions by what is typed. */
export function Palette({ companyId, onClose, onHelp }: PaletteProps) {
  const router = useRouter()
  const [text, setText] = useState('')
  const { agents, runs, isLooking } = usePaletteSearch(companyId, text)
  const wake = useWake(companyId)
  const can = useCan()
  const go = (path: string) => {
    onClose()
    router.push(path as Parameters<typeof router.push>[0])
  }
  const does = (act: () => void) => () => {
    onClose()
    act()
  }
  const fits = (words: string) => words.toLowerCase().includes(text.trim().toLowerCase())
  const places = navItemsOf(companyId).filter((place) => fits(place.label))
  const actions = [
    ...(can('agent.create') ? [{ words: 'New agent', act: () => router.push(`/${companyId}/agents/new`) }] : []),
    { words: 'All companies', act: () => router.push('/') },
    { words: 'Keyboard shortcuts', act: onHelp },
    { words: 'Light theme', act: () => storeTheme('light') },
    { words: 'Dark theme', act: () => storeTheme('dark') },
    { words: 'System theme', act: () => storeTheme('system') },
  ].filter(({ words }) => fits(words))
  const wakeable =
    text.trim() === '' || !can('wakeup.create')
      ? []
      : agents.filter((agent) => agent.status !== 'terminated').slice(0, 3)
  const isEmpty = places.length + actions.length + agents.length + runs.length === 0
  return (
    <Dialog.Root open onOpenChange={onClose}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-changed bg-overlay" />
        <Dialog.Content
          aria-describedby={undefined}
          className="-translate-x-1/2 fixed top-[max(0.75rem,12vh)] left-1/2 z-50 w-[min(40rem,calc(100vw-1.5rem))] animate-changed overflow-hidden rounded-lg border border-line bg-raised shadow-xl"
        >
          <Dialog.Title className="sr-only">Find anything</Dialog.Title>
          <Command label="Find anything" shouldFilter={false} loop>
            <Command.Input
              value={text}
              onValueChange={setText}
              placeholder="Find a page, an agent, a run or an action"
              maxLength={200}
              className="h-12 w-full border-b bg-transparent px-4 text-title outline-none max-sm:text-[16px]"
            />
            <Command.List className="max-h-[min(26rem,60dvh)] overflow-y-auto p-1.5">
              {isEmpty && <p className="px-3 py-2 text-muted">{isLooking ? 'Looking …' : 'No results.'}</p>}
              <Group heading="Go to" isThere={places.length > 0}>
                {places.map((place) => (
                  <Item key={place.href} value={`place ${place.label}`} onSelect={() => go(place.href)}>
                    <place.icon aria-hidden className="size-4 shrink-0 text-muted" strokeWidth={1.75} />
                    {place.label}
                  </Item>
                ))}
              </Group>
              <Group heading="Agents" isThere={agents.length > 0}>
                {agents.map((agent) => (
                  <Item
                    key={agent.id}
                    value={`agent ${agent.id}`}
                    onSelect={() => go(`/${companyId}/agents/${agent.id}`)}
                  >
                    <StatusShape status={agent.status} />
                    <span className="min-w-0 flex-1 truncate">{agent.name}</span>
                    <span className="text-muted text-small">{agent.status}</span>
                  </Item>
                ))}
              </Group>
              <Group heading="Runs" isThere={runs.length > 0}>
                {runs.map((run) => (
                  <Item key={run.id} value={`run ${run.id}`} onSelect={() => go(`/${companyId}/runs/${run.id}`)}>
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
              <Group heading="Actions" isThere={actions.length + wakeable.length > 0}>
                {wakeable.map((agent) => (
                  <Item
                    key={agent.id}
                    value={`wake ${agent.id}`}
                    onSelect={does(() => wake.mutate({ agentId: agent.id }))}
                  >
                    <span className="truncate">Wake {agent.name}</span>
                  </Item>
                ))}
                {actions.map(({ words, act }) => (
                  <Item key={words} value={`do ${words}`} onSelect={does(act)}>
                    {words}
                  </Item>
                ))}
              </Group>
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
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

function Group({ heading, isThere, children }: { heading: string; isThere: boolean; children: ReactNode }) {
  if (!isThere) return null
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
