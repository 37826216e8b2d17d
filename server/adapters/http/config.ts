import { z } from 'zod'
import { secretValue } from '@/server/adapters/environment'
import { timeoutField } from '@/server/adapters/fields'

const methods = ['POST', 'PUT', 'PATCH', 'GET', 'DELETE'] as const

const headerName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'must be a header name')
  .refine((name) => !reserved.has(name.toLowerCase()), 'is set by the server')
const reserved = new Set(['host', 'content-length', 'transfer-encoding', 'connection', 'expect', 'upgrade'])

/** The `http` adapter: an agent at a URL. The form, the JSON Schema and the docs are generated from this. */
export const httpConfigSchema = z
  .strictObject({
    url: z
      .string()
      .max(8192)
      .refine(isHttpUrl, 'must be a URL that begins with http:// or https://')
      .meta({ title: 'URL', description: 'Where the request is sent.' }),
    method: z.enum(methods).default('POST').meta({ title: 'Method', description: 'GET sends no body.' }),
    headers: z.record(headerName, secretValue).default({}).meta({
      title: 'Headers',
      description: 'Sent with the request. A value is a text or a reference to a secret.',
    }),
    payloadTemplate: z.record(z.string(), z.unknown()).default({}).meta({
      title: 'Payload',
      description:
        'JSON that is sent in addition to agentId, runId, companyId and context. Its texts may contain {{agent.*}}, {{company.*}}, {{run.*}} and {{context.*}}.',
    }),
    timeoutSec: timeoutField(60),
    mode: z.enum(['sync', 'callback']).default('sync').meta({
      title: 'Mode',
      description:
        'sync: the response is the result. callback: the agent accepts the request, and posts its result when it is done.',
    }),
  })
  .meta({ title: 'HTTP' })
export type HttpConfig = z.infer<typeof httpConfigSchema>

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}
