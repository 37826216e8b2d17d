'use client'

import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { useEffect, useState } from 'react'
import { useKeys } from '@/app/_keys/use-keys'
import { navItemsOf } from './nav-items'
import { onPaletteOpen } from './palette-events'

const Palette = dynamic(() => import('./palette').then((module) => module.Palette))
const KeyHelp = dynamic(() => import('./key-help').then((module) => module.KeyHelp))

const letters: Record<string, string> = {
  Board: 'b',
  Inbox: 'i',
  Agents: 'a',
  Runs: 'r',
  Wakeups: 'w',
  Costs: 'c',
  Activity: 'y',
  Servers: 's',
  Settings: 't',
}

/** The shortcuts of every page, with the palette and the help, which are loaded when they are first opened. */
export function Shortcuts({ companyId }: { companyId: string }) {
  const router = useRouter()
  const [open, setOpen] = useState<'palette' | 'help' | null>(null)
  const close = () => setOpen(null)

  useKeys([
    ...navItemsOf(companyId).flatMap(({ label, href }) => {
      const letter = letters[label]
      const run = () => router.push(href as Parameters<typeof router.push>[0])
      return letter ? [{ keys: `g ${letter}`, description: label, group: 'Go to', run }] : []
    }),
    { keys: '?', description: 'Show keyboard shortcuts', group: 'Anywhere', run: () => setOpen('help') },
    { keys: '⌘K', description: 'Find a page, an agent, a run or an action', group: 'Anywhere', run: null },
    {
      keys: '/',
      description: 'Search this list',
      group: 'Anywhere',
      run: () => document.querySelector<HTMLElement>('[data-search]')?.focus(),
    },
  ])

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey) || event.altKey || event.shiftKey) return
      event.preventDefault()
      setOpen((before) => (before === 'palette' ? null : 'palette'))
    }
    document.addEventListener('keydown', onKey)
    const stop = onPaletteOpen(() => setOpen('palette'))
    return () => {
      document.removeEventListener('keydown', onKey)
      stop()
    }
  }, [])

  if (open === 'palette') return <Palette companyId={companyId} onClose={close} onHelp={() => setOpen('help')} />
  return open === 'help' ? <KeyHelp onClose={close} /> : null
}
