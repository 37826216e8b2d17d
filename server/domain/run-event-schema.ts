import { z } from 'zod'
import { uuid } from './ids'
import { finalRunStatuses, runErrorCodes } from './run-status'

const lifecycle = z.discriminatedUnion('status', [
  z.object({ status: z.literal('queued'), retryOfRunId: uuid.optional() }),
  z.object({ status: z.literal('running') }),
  z.object({
    status: z.enum(finalRunStatuses),
    exitCode: z.int().nullable(),
    signal: z.string().nullable(),
    survivorsKilled: z.int(),
    errorCode: z.enum(runErrorCodes).optional(),
  }),
])

/** A started program, or a sent request. Variables and headers by name only. */
const invocation = z
  .object({
    command: z.string(),
    args: z.array(z.string()),
    cwd: z.string(),
    envNames: z.array(z.string()),
    sessionId: z.string().nullable(),
    prompt: z.string(),
    method: z.string(),
    url: z.string(),
    mode: z.string(),
    headerNames: z.array(z.string()),
  })
  .partial()

const usage = z.object({
  provider: z.string(),
  model: z.string(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  cachedInputTokens: z.number(),
  costMicros: z.number().nullable(),
  pricing: z.enum(['reported', 'estimated', 'unpriced']),
})

const warning = z.union([
  z.object({ permissionDenials: z.array(z.object({ tool: z.string(), count: z.int() })) }),
  z.object({ sessionId: z.string() }),
  z.object({ logMaxBytes: z.int() }),
  z.object({ logTruncatedBytes: z.int(), logDiskError: z.string().optional() }),
  z.object({ budget: z.enum(['agent', 'company']), budgetMicros: z.number(), spentMicros: z.number() }),
])

/** The payload of each type of run event. */
export const runEventSchema = z.discriminatedUnion('eventType', [
  z.object({ eventType: z.literal('lifecycle'), payload: lifecycle }),
  z.object({ eventType: z.literal('adapter.invoke'), payload: invocation.nullish() }),
  z.object({ eventType: z.literal('usage'), payload: usage }),
  z.object({ eventType: z.literal('warning'), payload: warning.nullish() }),
  z.object({ eventType: z.literal('error'), payload: z.null().optional() }),
])
