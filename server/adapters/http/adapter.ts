import type { Adapter } from '@/server/adapters/adapter'
import { check } from './check'
import { type HttpConfig, httpConfigSchema } from './config'
import { execute } from './execute'

export const httpAdapter: Adapter<HttpConfig> = {
  label: 'HTTP',
  description: 'Asks an agent behind an address, and takes its answer, or what it posts later, as the result.',
  config: httpConfigSchema,
  execute,
  check,
}
