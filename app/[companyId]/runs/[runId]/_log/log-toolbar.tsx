'use client'

import { Copy, WrapText } from 'lucide-react'
import { Tabs } from 'radix-ui'
import { toast } from 'sonner'
import { buttonClass } from '@/app/_components/ui/button'
import { plainTextOf } from '@/app/_live/ansi'
import type { RunLogState } from '@/app/_live/run-log'
import { formatBytes } from '@/app/_time/format'
import type { WholeRun } from '@/app/_trpc/client'
import { LogSearch } from './log-search'
import type { LogSettings, StreamChoice } from './log-settings'
import { DownloadMenu, ViewMenu } from './view-menu'

export type LogView = 'log' | 'transcript'

export type LogTools = {
  settings: LogSettings
  change: (change: Partial<LogSettings>) => void
  stream: StreamChoice
  setStream: (stream: StreamChoice) => void
  sought: string
  setSought: (sought: string) => void
  onLine: (line: number) => void
}

type LogToolbarProps = {
  run: WholeRun
  /** What is held of the log; null where it is too long for that. */
  state: RunLogState | null
  bytes: number
  view: LogView
  hasTranscript: boolean
  tools: LogTools
}

const toolClass = buttonClass('quiet', 'h-7 gap-1.5 px-2 text-small font-normal max-sm:h-9 aria-pressed:text-accent')
const iconClass = 'size-3.5'

export function LogToolbar({ run, state, bytes, view, hasTranscript, tools }: LogToolbarProps) {
  const { settings, change, stream, setStream, sought, setSought, onLine } = tools
  return (
    <div className="flex min-h-9 shrink-0 items-center gap-1 border-b px-4 max-sm:min-h-11 max-sm:flex-wrap sm:px-6">
      {hasTranscript ? <Views /> : <h2 className="font-semibold">Log</h2>}
      <span className="mr-auto ml-2 whitespace-nowrap text-muted text-small">{bytes > 0 && formatBytes(bytes)}</span>
      {view === 'log' && <LogSearch runId={run.id} stream={stream} text={sought} onText={setSought} onLine={onLine} />}
      <div className="-mr-2 flex">
        {view === 'log' && (
          <>
            {state && (
              <button
                type="button"
                className={toolClass}
                aria-pressed={settings.wrap}
                title="Wrap long lines"
                onClick={() => change({ wrap: !settings.wrap })}
              >
                <WrapText aria-hidden className={iconClass} />
                <span className="max-xl:sr-only">Wrap</span>
              </button>
            )}
            <ViewMenu
              toolClass={toolClass}
              settings={settings}
              onChange={change}
              stream={stream}
              onStream={setStream}
            />
            {state && (
              <button
                type="button"
                className={toolClass}
                title="Copy"
                disabled={state.lines.length === 0}
                onClick={() => void copy(state)}
              >
                <Copy aria-hidden className={iconClass} />
                <span className="max-xl:sr-only">Copy</span>
              </button>
            )}
          </>
        )}
        <DownloadMenu toolClass={toolClass} runId={run.id} />
      </div>
    </div>
  )
}

async function copy({ lines, firstOffset, trimmed }: RunLogState): Promise<void> {
  try {
    await navigator.clipboard.writeText(lines.map((line) => plainTextOf(line.text)).join('\n'))
    toast.success(firstOffset > 0 || trimmed ? 'Copied what is shown of the log' : 'Log copied')
  } catch {
    toast.error('The browser did not allow copying. Select the text, or download the log.')
  }
}

const tabClass =
  'h-9 border-transparent border-b-2 text-muted hover:text-ink aria-selected:border-accent aria-selected:font-semibold aria-selected:text-ink max-sm:h-11'

function Views() {
  return (
    <Tabs.List aria-label="How the output is shown" className="flex h-full gap-4">
      <Tabs.Trigger value="transcript" className={tabClass}>
        Transcript
      </Tabs.Trigger>
      <Tabs.Trigger value="log" className={tabClass}>
        Log
      </Tabs.Trigger>
    </Tabs.List>
  )
}
