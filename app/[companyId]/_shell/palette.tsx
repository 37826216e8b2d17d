'use client'

import { Command } from 'cmdk'
import { useRouter } from 'next/navigation'
import { Dialog } from 'radix-ui'
import { useState } from 'react'
import { useCan } from '@/app/_access/use-can'
import { navItemsOf } from './nav-items'
import { actionsMatching } from './palette-actions'
import { ActionResults, AgentResults, PageResults, RunResults } from './palette-results'
import { usePaletteSearch } from './use-palette-search'

type PaletteProps = { companyId: string; onClose: () => void; onHelp: () => void }

/** Finds pages, agents, runs and actions by the text that is typed. */
export function Palette(props: PaletteProps) {
  return (
    <Dialog.Root open onOpenChange={props.onClose}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-changed bg-overlay" />
        <Dialog.Content
          aria-describedby={undefined}
          className="-translate-x-1/2 fixed top-[max(0.75rem,12vh)] left-1/2 z-50 w-[min(40rem,calc(100vw-1.5rem))] animate-changed overflow-hidden rounded-lg border border-line bg-raised shadow-xl"
        >
          <Dialog.Title className="sr-only">Find anything</Dialog.Title>
          <PaletteCommand {...props} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function PaletteCommand({ companyId, onClose, onHelp }: PaletteProps) {
  const router = useRouter()
  const can = useCan()
  const [text, setText] = useState('')
  const { agents, runs, isSearching } = usePaletteSearch(companyId, text)
  const open = (path: string) => {
    onClose()
    router.push(path as Parameters<typeof router.push>[0])
  }
  const wanted = text.trim().toLowerCase()
  const pages = navItemsOf(companyId).filter(({ label }) => label.toLowerCase().includes(wanted))
  const actions = actionsMatching(wanted, { canCreateAgents: can('agent.create'), companyId, open, onHelp })
  const wakeable = wanted !== '' && can('wakeup.create') ? agents.filter(({ status }) => status !== 'terminated') : []
  const isEmpty = pages.length + actions.length + agents.length + runs.length === 0
  return (
    <Command label="Find anything" shouldFilter={false} loop>
      <Command.Input
        value={text}
        onValueChange={setText}
        placeholder="Find a page, an agent, a run or an action"
        maxLength={200}
        className="h-12 w-full border-b bg-transparent px-4 text-title outline-none max-sm:text-[16px]"
      />
      <Command.List className="max-h-[min(26rem,60dvh)] overflow-y-auto p-1.5">
        {isEmpty && <p className="px-3 py-2 text-muted">{isSearching ? 'Searching…' : 'No results.'}</p>}
        <PageResults pages={pages} onOpen={open} />
        <AgentResults agents={agents} onOpen={(id) => open(`/${companyId}/agents/${id}`)} />
        <RunResults runs={runs} onOpen={(id) => open(`/${companyId}/runs/${id}`)} />
        <ActionResults companyId={companyId} wakeable={wakeable.slice(0, 3)} actions={actions} onClose={onClose} />
      </Command.List>
    </Command>
  )
}
