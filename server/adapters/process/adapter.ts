import type { Adapter } from '@/server/adapters/adapter'
import { check } from './check'
import { type ProcessConfig, processConfigSchema } from './config'
import { execute } from './execute'

export const processAdapter: Adapter<ProcessConfig> = {
  label: 'Process',
  description: 'Runs a program on the server, without a shell, and keeps its output as the log.',
  config: processConfigSchema,
  execute,
  check,
}
