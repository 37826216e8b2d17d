import { StatusShape } from '@/app/_components/status-mark'
import { cn } from '@/app/_components/ui/classes'
import { plainTextOf } from '@/app/_live/ansi'
import type { ToolEntry } from '@/server/domain/transcript'
import { Clipped } from './clipped'

type ToolCallProps = { call: ToolEntry; isOpen: boolean; onToggle: () => void; hasEnded: boolean }

/** A tool call with its input and its result. */
export function ToolCall({ call, hasEnded, ...fold }: ToolCallProps) {
  const { name, input, result } = call
  const text = result ? plainTextOf(result.text).trimEnd() : ''
  return (
    <section aria-label={`Tool ${name}`} className="my-2 rounded-md border bg-sunken text-log">
      <p className="flex items-center gap-2 px-3 pt-1.5">
        <StatusShape status={statusOf(result, hasEnded)} />
        <span className="font-medium font-sans">{name}</span>
        <span className="sr-only">{result?.isError ? 'failed' : ''}</span>
        {result === null && (
          <span className="font-sans text-muted text-small">{hasEnded ? 'no result' : 'running'}</span>
        )}
      </p>
      <Input input={input} />
      {text !== '' && (
        <div
          className={cn('border-t px-3 py-1.5 font-mono text-muted', result?.isError && 'border-l-2 border-l-failed')}
        >
          <Clipped text={text} maxLines={8} {...fold} />
        </div>
      )}
    </section>
  )
}

function statusOf(result: ToolEntry['result'], hasEnded: boolean) {
  if (result === null) return hasEnded ? 'cancelled' : 'running'
  return result.isError ? 'failed' : 'succeeded'
}

/** A single value is shown as it is, several values as a list by name. */
function Input({ input }: { input: unknown }) {
  if (input === null || input === undefined) return <div className="pb-1.5" />
  const fields = typeof input === 'object' && !Array.isArray(input) ? Object.entries(input) : [['', input] as const]
  return (
    <dl className="max-h-72 overflow-y-auto px-3 pt-0.5 pb-1.5 font-mono">
      {fields.map(([name, value]) => (
        <div key={name} className="flex gap-2">
          {fields.length > 1 && <dt className="shrink-0 text-faint">{name}</dt>}
          <dd className="min-w-0 whitespace-pre-wrap [overflow-wrap:anywhere]">
            {typeof value === 'string' ? value : JSON.stringify(value, null, 2)}
          </dd>
        </div>
      ))}
    </dl>
  )
}
