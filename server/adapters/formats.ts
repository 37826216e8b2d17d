import type { LogFormat } from '@/server/domain/transcript'
import { format as claudeLocal } from './claude-local/format'
import { format as codexLocal } from './codex-local/format'
import { format as http } from './http/format'
import { format as process } from './process/format'
import type { AdapterType } from './registry'

/**
 * How the output of each adapter reads, for the browser and the command line: apart from the registry, for nothing that
 * runs agents to come along. null: as text.
 */
const formats: Record<AdapterType, LogFormat | null> = {
  process,
  http,
  claude_local: claudeLocal,
  codex_local: codexLocal,
}

/** The format of an adapter's output, or null where it is text, also of an adapter that is not known here. */
export function formatOf(type: string): LogFormat | null {
  return Object.hasOwn(formats, type) ? formats[type as AdapterType] : null
}
