'use client'

import { Download, SlidersHorizontal } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import type { ReactNode } from 'react'
import { menuClass, menuItemClass } from '@/app/_components/ui/menu-classes'
import { type LogSettings, type StreamChoice, timeModes } from './log-settings'

const timeLabels = { clock: 'Time of day', since: 'Since the start', none: 'No times' } as const
const streams = ['both', 'stdout', 'stderr'] as const
const streamLabels = { both: 'Both streams', stdout: 'Only stdout', stderr: 'Only stderr' } as const

type ViewMenuProps = {
  toolClass: string
  settings: LogSettings
  onChange: (change: Partial<LogSettings>) => void
  stream: StreamChoice
  onStream: (stream: StreamChoice) => void
}

export function ViewMenu({ toolClass, settings, onChange, stream, onStream }: ViewMenuProps) {
  return (
    <Menu toolClass={toolClass} icon={<SlidersHorizontal aria-hidden className="size-3.5" />} label="View">
      <DropdownMenu.RadioGroup value={stream}>
        {streams.map((value) => (
          <Choice key={value} value={value} onSelect={() => onStream(value)}>
            {streamLabels[value]}
          </Choice>
        ))}
      </DropdownMenu.RadioGroup>
      <DropdownMenu.Separator className="my-1 border-t" />
      <DropdownMenu.RadioGroup value={settings.time}>
        {timeModes.map((value) => (
          <Choice key={value} value={value} onSelect={() => onChange({ time: value })}>
            {timeLabels[value]}
          </Choice>
        ))}
      </DropdownMenu.RadioGroup>
    </Menu>
  )
}

const files = [
  ['As it was written', '', '.log'],
  ['Only stdout', '?stream=stdout', '.stdout.log'],
  ['Only stderr', '?stream=stderr', '.stderr.log'],
  ['NDJSON, with times and streams', '?format=ndjson', '.ndjson'],
] as const

export function DownloadMenu({ toolClass, runId }: { toolClass: string; runId: string }) {
  return (
    <Menu toolClass={toolClass} icon={<Download aria-hidden className="size-3.5" />} label="Download">
      {files.map(([label, query, ending]) => (
        <DropdownMenu.Item key={ending} asChild>
          <a className={menuItemClass} href={`/api/runs/${runId}/log${query}`} download={`run-${runId}${ending}`}>
            {label}
          </a>
        </DropdownMenu.Item>
      ))}
    </Menu>
  )
}

type MenuProps = { toolClass: string; icon: ReactNode; label: string; children: ReactNode }

function Menu({ toolClass, icon, label, children }: MenuProps) {
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger className={toolClass} title={label}>
        {icon}
        <span className="max-sm:sr-only">{label}</span>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align="end" sideOffset={4} collisionPadding={8} className={menuClass}>
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

function Choice({ value, onSelect, children }: { value: string; onSelect: () => void; children: ReactNode }) {
  return (
    <DropdownMenu.RadioItem value={value} onSelect={onSelect} className={`${menuItemClass} justify-between`}>
      {children}
      <DropdownMenu.ItemIndicator>✓</DropdownMenu.ItemIndicator>
    </DropdownMenu.RadioItem>
  )
}
