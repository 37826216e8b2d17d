import type { Adapter } from '@/server/adapters/adapter'
import { check } from './check'
import { type CodexConfig, codexConfigSchema } from './config'
import { execute } from './execute'

export const codexLocalAdapter: Adapter<CodexConfig> = {
  label: 'Codex',
  description: 'Gives a prompt to Codex on the server, and resumes its thread from run to run.',
  config: codexConfigSchema,
  isUnpriced: true,
  execute,
  check,
}
