import type { Adapter } from '@/server/adapters/adapter'
import { check } from './check'
import { type ClaudeConfig, claudeConfigSchema } from './config'
import { execute } from './execute'

export const claudeLocalAdapter: Adapter<ClaudeConfig> = {
  label: 'Claude Code',
  description: 'Gives a prompt to Claude Code on the server, and resumes its session from run to run.',
  config: claudeConfigSchema,
  execute,
  check,
}
