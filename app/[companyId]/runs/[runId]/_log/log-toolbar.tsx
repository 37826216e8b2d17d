'use client'

import { Copy, WrapText } from 'lucide-react'
import { Tabs } from 'radix-ui'
import { buttonClass } from '@/app/_components/ui/button'
import { useKeys } from '@/app/_keys/use-keys'
import { formatBytes } from '@/app/_time/format'
import { useTRPCClient, type WholeRun } from '@/app/_trpc/client'
import { copyLines } from './copy-lines'
import { LogSearch } from './log-search'
import type { LogSettings, LogView, StreamChoice } from './log-settings'
import { firstAndLast, type LineRange, type SelectLine } from './selected-lines'
import { DownloadMenu, ViewMenu } from './view-menu'

export type LogControls = {
  settings: LogSettings
  change: (change: Partial<LogSettings>) => void
  stream: StreamChoice
  setStream: (stream: StreamChoice) => void
  searchText: string
  setSearchText: (searchText: string) => void
  selected: LineRange | null
  onSelectLine: SelectLine
}

type LogToolbarProps = { run: WholeRun; bytes: number; view: LogView; hasTranscript: boolean; controls: LogControls }

const toolClass = buttonClass('quiet', 'h-7 gap-1.5 px-2 text-small font-normal max-sm:h-9 aria-pressed:text-accent')
const iconClass = 'size-3.5'

export function LogToolbar({ run, bytes, view, hasTranscript, controls }: LogToolbarProps) {
  const { settings, change, stream, setStream, searchText, setSearchText, onSelectLine } = controls
  return (
    <div className="flex min-h-9 shrink-0 items-center gap-1 border-b px-4 max-sm:min-h-11 max-sm:flex-wrap sm:px-6">
      {hasTranscript ? <ViewTabs /> : <h2 className="font-semibold">Log</h2>}
      <span className="mr-auto ml-2 whitespace-nowrap text-muted text-small">{bytes > 0 && formatBytes(bytes)}</span>
      {view !== 'transcript' && (
        <LogSearch
          runId={run.id}
          stream={stream}
          text={searchText}
          onText={setSearchText}
          onSelectLine={onSelectLine}
        />
      )}
      <div className="-mr-2 flex">
        {view !== 'transcript' && (
          <>
            <button
              type="button"
              className={toolClass}
              aria-pressed={settings.wrap}
              title="Wrap long lines"
              onClick={() => change({ wrap: !settings.wrap })}
            >
              <WrapText aria-hidden className={iconClass} />
              <span className={labelClass(view)}>Wrap</span>
            </button>
            <ViewMenu
              toolClass={toolClass}
              settings={settings}
              onChange={change}
              stream={stream}
              onStream={setStream}
            />
            <CopyButton runId={run.id} isEmpty={bytes === 0} selected={controls.selected} view={view} />
          </>
        )}
        <DownloadMenu toolClass={toolClass} runId={run.id} />
      </div>
    </div>
  )
}

type CopyButtonProps = { runId: string; isEmpty: boolean; selected: LineRange | null; view: LogView }

/** Copies the selected lines, or the whole log. */
function CopyButton({ runId, isEmpty, selected, view }: CopyButtonProps) {
  const client = useTRPCClient()
  const copy = () => void copyLines(client, runId, selected)
  useKeys([{ keys: 'c', description: 'Copy the selected lines, or the whole log', group: 'Run', run: copy }])
  const [first, last] = selected ? firstAndLast(selected) : [0, 0]
  const title =
    selected === null ? 'Copy the log' : first === last ? `Copy line ${first}` : `Copy lines ${first} to ${last}`
  return (
    <button type="button" className={toolClass} title={title} disabled={isEmpty} onClick={copy}>
      <Copy aria-hidden className={iconClass} />
      <span className={labelClass(view)}>Copy</span>
    </button>
  )
}

/** Labels are hidden earlier beside a transcript, where there is less room. */
function labelClass(view: LogView): string {
  return view === 'both' ? 'max-[1800px]:sr-only' : 'max-xl:sr-only'
}

const tabClass =
  'h-9 whitespace-nowrap border-transparent border-b-2 text-muted hover:text-ink aria-selected:border-accent aria-selected:font-semibold aria-selected:text-ink max-sm:h-11'

function ViewTabs() {
  return (
    <Tabs.List aria-label="View of the output" className="flex h-full gap-4">
      <Tabs.Trigger value="transcript" className={tabClass}>
        Transcript
      </Tabs.Trigger>
      <Tabs.Trigger value="log" className={tabClass}>
        Log
      </Tabs.Trigger>
      <Tabs.Trigger value="both" className={`${tabClass} max-xl:hidden`}>
        Side by side
      </Tabs.Trigger>
    </Tabs.List>
  )
}
