import { Cron } from 'croner'
import { z } from 'zod'

function isCron(expression: string): boolean {
  try {
    return new Cron(expression, { paused: true }).nextRun() !== null
  } catch {
    return false
  }
}

function isTimeZone(zone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }))
  } catch {
    return false
  }
}

const seconds = z.number().int().min(0).max(31_536_000)

const timer = { cron: z.string().max(200), timezone: z.string().max(100) }

function policySchema({ cron, timezone }: typeof timer) {
  return z
    .strictObject({
      enabled: z.boolean().default(true).describe('Whether the timer fires'),
      intervalSec: seconds.default(0).describe('Seconds between timer firings; 0 is no timer'),
      cron: cron.optional().describe('A cron expression instead of an interval'),
      timezone: timezone.optional().describe('The time zone the cron expression is read in; UTC when absent'),
      wakeOnAssignment: z.boolean().default(true),
      wakeOnOnDemand: z.boolean().default(true),
      wakeOnAutomation: z.boolean().default(true),
      whenRunning: z.enum(['follow_up', 'coalesce']).default('follow_up'),
      cooldownSec: seconds.default(0).describe('Seconds after a run in which only manual wakeups pass'),
      maxConcurrentRuns: z.number().int().min(1).max(100).default(1),
      retryOnRunnerLost: z.number().int().min(0).max(10).default(1).describe('Attempts after a lost runner'),
    })
    .refine((policy) => !(policy.cron && policy.intervalSec > 0), {
      path: ['cron'],
      message: 'cannot be combined with intervalSec: set one of the two',
    })
}

/** The heartbeat policy in `agent.runtimeConfig.heartbeat`, when it is saved: its timer must have a future firing. */
export const heartbeatPolicySchema = policySchema({
  cron: timer.cron.refine(isCron, 'must be a cron expression that still fires, such as "*/15 9-17 * * 1-5"'),
  timezone: timer.timezone.refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin'),
})
export type HeartbeatPolicy = z.infer<typeof heartbeatPolicySchema>
/** The same as callers send it: fields with defaults may be left out. */
export type HeartbeatInput = z.input<typeof heartbeatPolicySchema>

export const runtimeConfigSchema = z.strictObject({
  heartbeat: heartbeatPolicySchema.prefault({}),
})
export type RuntimeConfig = z.infer<typeof runtimeConfigSchema>

/** The same once it is stored: it stays valid whatever the time, and whichever time zones this machine knows. */
export const storedRuntimeConfigSchema = z.strictObject({ heartbeat: policySchema(timer).prefault({}) })

/** The policy of a stored agent: rows are validated when saved, so that only defaults can be missing. */
export function policyOf(runtimeConfig: unknown): HeartbeatPolicy {
  return storedRuntimeConfigSchema.parse(runtimeConfig ?? {}).heartbeat
}

/** The same for work that must continue with a damaged row: null where the policy cannot be read. */
export function policyIfReadable(runtimeConfig: unknown): HeartbeatPolicy | null {
  return storedRuntimeConfigSchema.safeParse(runtimeConfig ?? {}).data?.heartbeat ?? null
}
