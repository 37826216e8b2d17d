'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Command } from 'cmdk'
import { Check, ChevronDown } from 'lucide-react'
import { Popover } from 'radix-ui'
import { useState } from 'react'
import { shortId } from '@/app/_components/short-id'
import { buttonClass } from '@/app/_components/ui/button'
import { useTRPC } from '@/app/_trpc/client'

type AgentPickerProps = { companyId: string; agentId: string | null; onChoose: (agentId: string | null) => void }

const itemClass =
  'flex h-8 cursor-pointer items-center gap-2 rounded px-2 data-[selected=true]:bg-hover aria-checked:font-medium max-sm:h-10'

/** Selects one agent, searched by name on the server. */
export function AgentPicker({ companyId, agentId, onChoose }: AgentPickerProps) {
  const api = useTRPC()
  const [open, setOpen] = useState(false)
  const chosen = useQuery({ ...api.agent.get.queryOptions({ agentId: agentId ?? '' }), enabled: agentId !== null })
  const choose = (next: string | null) => {
    setOpen(false)
    onChoose(next)
  }
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger aria-label="Agent" className={buttonClass('plain', 'max-w-52 font-normal')}>
        <span className="truncate">{agentId === null ? 'All agents' : (chosen.data?.name ?? shortId(agentId))}</span>
        <ChevronDown aria-hidden className="size-3.5 shrink-0 text-faint" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={4}
          collisionPadding={8}
          className="z-50 w-72 animate-changed rounded-md border border-line bg-raised p-1 shadow-lg"
        >
          <Choices companyId={companyId} agentId={agentId} onChoose={choose} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

function Choices({ companyId, agentId, onChoose }: AgentPickerProps) {
  const api = useTRPC()
  const [text, setText] = useState('')
  const found = useQuery({
    ...api.agent.list.queryOptions({ companyId, text, sort: 'name', descending: false, limit: 30 }),
    placeholderData: keepPreviousData,
  })
  return (
    <Command label="Agents" shouldFilter={false}>
      <Command.Input
        value={text}
        onValueChange={setText}
        placeholder="Find an agent"
        className="h-8 w-full border-b bg-transparent px-2 outline-none max-sm:text-[16px]"
      />
      <Command.List className="max-h-72 overflow-y-auto pt-1">
        <Command.Item value="all" onSelect={() => onChoose(null)} className={itemClass}>
          All agents
        </Command.Item>
        {found.data?.items.map((agent) => (
          <Command.Item key={agent.id} value={agent.id} onSelect={() => onChoose(agent.id)} className={itemClass}>
            <span className="min-w-0 flex-1 truncate">{agent.name}</span>
            {agent.id === agentId && <Check aria-hidden className="size-3.5 shrink-0 text-accent" />}
          </Command.Item>
        ))}
        {found.data?.items.length === 0 && <p className="px-2 py-1.5 text-muted">No results.</p>}
      </Command.List>
    </Command>
  )
}
