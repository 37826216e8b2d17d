import { z } from 'zod'
import type { KnownAction } from './activity'
import { companyStatuses, pauseRuns, roles } from './agent-status'
import { uuid } from './ids'
import { ruleKinds } from './notification'
import { retentionSchema } from './retention-schema'
import { wakeupSources, wakeupStatuses } from './wakeup-status'

const none = z.object({})
const role = z.enum(roles)
const email = z.string().nullable()

/** The details of a line of the activity log, in addition to actor, action and subject; never a secret. */
export const activityDetailsSchemas = {
  'account.update': z.object({
    name: z.string().optional(),
    email: z.string().optional(),
    password: z.literal('changed').optional(),
  }),
  'agent.create': none,
  'agent.createKey': none,
  'agent.pause': z.object({ runs: z.enum(pauseRuns) }),
  'agent.resetSession': none,
  'agent.resume': none,
  'agent.revokeKey': none,
  'agent.terminate': none,
  'agent.update': z.object({ changed: z.array(z.string()) }),
  'company.create': none,
  'company.removeExample': none,
  'company.update': z.object({
    name: z.string().optional(),
    status: z.enum(companyStatuses).optional(),
    runs: z.enum(pauseRuns).optional(),
    budgetMonthlyMicros: z.int().nullable().optional(),
    maxConcurrentRuns: z.int().nullable().optional(),
    retention: retentionSchema.nullable().optional(),
  }),
  'member.accept': z.object({ email: z.string(), role }),
  'member.invite': z.object({ email: z.string(), role }),
  'member.remove': z.object({ email, personId: uuid.nullable() }),
  'member.update': z.object({ role }),
  'notification.removeWebhook': none,
  'notification.sendAgain': z.object({ deliveryId: uuid }),
  'notification.setRule': z.object({
    kind: z.enum(ruleKinds),
    threshold: z.number().nullable(),
    toBrowser: z.boolean(),
    toWebhook: z.boolean(),
  }),
  'notification.setWebhook': none,
  'run.cancel': none,
  'secret.remove': none,
  'secret.set': none,
  'session.create': none,
  'session.end': none,
  'session.endAll': none,
  'session.refuse': none,
  'session.signOut': none,
  'token.create': z.object({ name: z.string(), role: role.nullable(), expiresAt: z.string().nullable() }),
  'token.revoke': z.object({ name: z.string() }),
  'wakeup.create': z.object({ wakeupId: uuid, source: z.enum(wakeupSources), status: z.enum(wakeupStatuses) }),
} as const satisfies Record<KnownAction, z.ZodObject>
