import type { LogFormat } from '@/server/domain/transcript'
import { format as claudeLocal } from './claude-local/format'
import { format as codexLocal } from './codex-local/format'
import { format as http } from './http/format'
import { format as process } from './process/format'
import type { AdapterType } from './registry'

const formats = {
  process,
  http,
  claude_local: claudeLocal,
  codex_local: codexLocal,
} satisfies Record<AdapterType, LogFormat | null>

/**
 * The format of an adapter's output; null for plain text, and for an unknown adapter type. For
 * the browser and the command line: the registry contains the code that runs agents, so only its type is imported.
 */
export function formatOf(type: string): LogFormat | null {
  return Object.hasOwn(formats, type) ? formats[type as AdapterType] : null
}
