// Made from the folders beside it: `node scripts/adapter-lists.mjs`, which every build does.
import type { Adapter } from './adapter'
import { claudeLocalAdapter } from './claude-local/adapter'
import { codexLocalAdapter } from './codex-local/adapter'
import { httpAdapter } from './http/adapter'
import { processAdapter } from './process/adapter'

export const adapters = {
  claude_local: claudeLocalAdapter,
  codex_local: codexLocalAdapter,
  http: httpAdapter,
  process: processAdapter,
} satisfies Record<string, Adapter>
