// Made from the folders beside it: `node scripts/adapter-lists.mjs`, which every build does.
import type { LogFormat } from '@/server/domain/transcript'
import type { adapters } from './all'
import { format as claudeLocal } from './claude-local/format'
import { format as codexLocal } from './codex-local/format'
import { format as http } from './http/format'
import { format as process } from './process/format'

export const formats = {
  claude_local: claudeLocal,
  codex_local: codexLocal,
  http,
  process,
} satisfies Record<keyof typeof adapters, LogFormat | null>
