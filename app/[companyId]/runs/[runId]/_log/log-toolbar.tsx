'use client'

import { Copy, Download, WrapText } from 'lucide-react'
import { Tabs } from 'radix-ui'
import { toast } from 'sonner'
import { buttonClass } from '@/app/_components/ui/button'
import { plainTextOf } from '@/app/_live/ansi'
import type { RunLogState } from '@/app/_live/run-log'
import { formatBytes } from '@/app/_time/format'
import type { WholeRun } from '@/app/_trpc/client'

export type LogView = 'log' | 'transcript'

type LogToolbarProps = {
  run: WholeRun
  state: RunLogState
  view: LogView
  hasTranscript: boolean
  wrap: boolean
  onWrap: (wrap: boolean) => void
}

const toolClass = buttonClass('quiet', 'h-7 gap-1.5 px-2 text-small font-normal max-sm:h-9 aria-pressed:text-accent')
const iconClass = 'size-3.5'

export function LogToolbar({ run, state, view, hasTranscript, wrap, onWrap }: LogToolbarProps) {
  const bytes = Math.max(run.logBytes ?? 0, state.nextOffset)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(state.lines.map((line) => plainTextOf(line.text)).join('\n'))
      toast.success(state.firstOffset > 0 || state.trimmed ? 'Copied what is shown of the log' : 'Log copied')
    } catch {
      toast.error('The browser did not allow copying. Select the text, or download the log.')
    }
  }
  return (
    <div className="flex h-9 shrink-0 items-center gap-1 border-b px-4 max-sm:h-11 sm:px-6">
      {hasTranscript ? <Views /> : <h2 className="font-semibold">Log</h2>}
      <span className="ml-2 text-muted text-small">{bytes > 0 && formatBytes(bytes)}</span>
      <div className="-mr-2 ml-auto flex">
        {view === 'log' && (
          <>
            <button type="button" className={toolClass} aria-pressed={wrap} onClick={() => onWrap(!wrap)}>
              <WrapText aria-hidden className={iconClass} />
              Wrap
            </button>
            <button type="button" className={toolClass} disabled={state.lines.length === 0} onClick={() => void copy()}>
              <Copy aria-hidden className={iconClass} />
              Copy
            </button>
          </>
        )}
        <a className={toolClass} href={`/api/runs/${run.id}/log`} download={`run-${run.id}.log`}>
          <Download aria-hidden className={iconClass} />
          Download
        </a>
      </div>
    </div>
  )
}

const tabClass =
  'h-full border-transparent border-b-2 text-muted hover:text-ink aria-selected:border-accent aria-selected:font-semibold aria-selected:text-ink'

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
