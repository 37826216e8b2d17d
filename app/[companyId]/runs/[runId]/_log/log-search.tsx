'use client'

import { ChevronDown, ChevronUp, Search } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { buttonClass } from '@/app/_components/ui/button'
import { useKeys } from '@/app/_keys/use-keys'
import type { StreamChoice } from './log-settings'
import type { SelectLine } from './selected-lines'
import { type LogSearch as Found, useLogSearch } from './use-log-search'

type LogSearchProps = {
  runId: string
  stream: StreamChoice
  text: string
  onText: (text: string) => void
  onSelectLine: SelectLine
}

/** The text to search for; empty if the input selects a line. */
export function searchTextOf(text: string): string {
  return /^:[\d-]*$/.test(text) ? '' : text.trim()
}

/** Searches the whole log. `:120` goes to a line, and `:120-140` selects several. */
export function LogSearch({ runId, stream, text, onText, onSelectLine }: LogSearchProps) {
  const input = useRef<HTMLInputElement>(null)
  const query = searchTextOf(text)
  const found = useLogSearch(runId, query, stream)
  const [at, setAt] = useState(0)
  const hits = found?.hits ?? []
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new search starts at its first match
  useEffect(() => setAt(0), [query, stream])
  useKeys([{ keys: '/', description: 'Search the log', group: 'Run', run: () => input.current?.focus() }])

  const go = (to: number) => {
    const next = hits.length === 0 ? 0 : (to + hits.length) % hits.length
    setAt(next)
    const hit = hits[next]
    if (hit) onSelectLine(hit.line)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      onText('')
      input.current?.blur()
    }
    if (event.key !== 'Enter') return
    event.preventDefault()
    const [, from, to] = /^:(\d+)(?:-(\d+))?$/.exec(text) ?? []
    if (Number(from) > 0) onSelectLine(Number(from))
    if (Number(to) > 0) onSelectLine(Number(to), true)
    if (from) return
    go(hits[at] && isShown(hits[at].line) ? at + (event.shiftKey ? -1 : 1) : at)
  }
  return (
    <search aria-label="Log" className="flex min-w-0 items-center gap-1 max-sm:flex-1">
      <label className="relative min-w-0 max-sm:flex-1">
        <Search aria-hidden className="absolute top-1.5 left-2 size-3.5 text-faint max-sm:top-2.5" />
        <input
          ref={input}
          type="search"
          aria-label="Search the log"
          placeholder="Search, or :line"
          value={text}
          onChange={(event) => onText(event.target.value)}
          onKeyDown={onKeyDown}
          maxLength={200}
          className="h-[26px] w-44 rounded-md border border-line-strong bg-raised pr-1 pl-7 text-small max-sm:h-9 max-sm:w-full max-sm:text-[16px]"
        />
      </label>
      {found && (
        <>
          <output className="whitespace-nowrap text-muted text-small">{countOf(found, at)}</output>
          <button type="button" aria-label="Previous match" className={stepClass} onClick={() => go(at - 1)}>
            <ChevronUp aria-hidden className="size-3.5" />
          </button>
          <button type="button" aria-label="Next match" className={stepClass} onClick={() => go(at + 1)}>
            <ChevronDown aria-hidden className="size-3.5" />
          </button>
        </>
      )}
    </search>
  )
}

const stepClass = buttonClass('quiet', 'h-7 px-1 max-sm:h-9')

function isShown(line: number): boolean {
  return window.location.hash === `#L${line}`
}

function countOf({ hits, share, isDone, hasMore }: Found, at: number): string {
  const searching = isDone ? '' : ` · ${Math.floor(share * 100)} %`
  if (hits.length === 0) return isDone ? 'No matches' : `Searching${searching}`
  return `${at + 1} of ${hits.length.toLocaleString('en')}${hasMore ? '+' : ''}${searching}`
}
