import type { Adapter } from '@/server/adapters/adapter'
import { check } from './check'
import { type HttpConfig, httpConfigSchema } from './config'
import { execute } from './execute'

export const httpAdapter: Adapter<HttpConfig> = {
  label: 'HTTP',
  description:
    'Sends a request to an agent at a URL, and takes its response, or a result that it posts later, as the result.',
  config: httpConfigSchema,
  execute,
  check,
}
