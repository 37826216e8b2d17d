import { z } from 'zod'
import { transaction } from '@/db/transaction'
import { procedure, router } from '@/server/api/trpc/init'
import { ApiError } from '@/server/domain/errors'
import { uuid } from '@/server/domain/ids'
import { ruleKinds } from '@/server/domain/notification'
import { pageInput } from '@/server/domain/page'
import { countUnread, listDeliveries, listNotifications, markRead } from '@/server/insight/notifications/inbox'
import { rulesOf, setRule } from '@/server/insight/notifications/rules'
import { sendAgain } from '@/server/insight/notifications/send-again'
import { storeNotifications } from '@/server/insight/notifications/store'
import { getWebhook, removeWebhook, setWebhook } from '@/server/insight/notifications/webhook'

const whichCompany = z.strictObject({ companyId: uuid })
const webUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .max(2_000)
  .refine((text) => !/^[a-z]+:\/\/[^/]*@/i.test(text), 'must not contain a name or a password')

export const notificationRouter = router({
  list: procedure.input(whichCompany.extend(pageInput)).query(async ({ ctx, input }) => {
    const companyId = await ctx.gate.company(input.companyId)
    return await listNotifications(ctx.services.database.sql, readerOf(ctx.by), { ...input, companyId })
  }),
  /** At most 100 are counted. */
  unread: procedure.input(whichCompany).query(async ({ ctx, input }) => {
    const companyId = await ctx.gate.company(input.companyId)
    return { unread: await countUnread(ctx.services.database.sql, readerOf(ctx.by), companyId) }
  }),
  markRead: procedure.input(whichCompany).mutation(async ({ ctx, input }) => {
    await markRead(ctx.services.database.sql, readerOf(ctx.by), await ctx.gate.company(input.companyId))
    return { unread: 0 }
  }),
  settings: procedure.input(whichCompany).query(async ({ ctx, input }) => {
    const companyId = await ctx.gate.company(input.companyId)
    const { sql } = ctx.services.database
    const rules = await rulesOf(sql, [companyId])
    return { rules: rules.get(companyId) ?? [], webhook: await getWebhook(sql, companyId) }
  }),
  setRule: procedure
    .input(
      whichCompany.extend({
        kind: z.enum(ruleKinds),
        threshold: z.number().int().nullish(),
        toBrowser: z.boolean(),
        toWebhook: z.boolean(),
      }),
    )
    .mutation(async ({ ctx, input: { companyId, threshold = null, ...rule } }) => {
      const company = await ctx.gate.company(companyId)
      return await setRule(ctx.services.database.sql, ctx.by, company, { ...rule, threshold })
    }),
  /** Returns the secret only when it is new. */
  setWebhook: procedure
    .input(whichCompany.extend({ url: webUrl, newSecret: z.boolean().default(false) }))
    .mutation(async ({ ctx, input }) => {
      const companyId = await ctx.gate.company(input.companyId)
      const { database, access } = ctx.services
      return await setWebhook(database.sql, ctx.by, access.secretKey, { ...input, companyId })
    }),
  removeWebhook: procedure.input(whichCompany).mutation(async ({ ctx, input }) => {
    return await removeWebhook(ctx.services.database.sql, ctx.by, await ctx.gate.company(input.companyId))
  }),
  /** Sends a test notification. Error: `illegal_status` without a webhook. */
  test: procedure.input(whichCompany).mutation(async ({ ctx, input }) => {
    const companyId = await ctx.gate.company(input.companyId)
    const { sql } = ctx.services.database
    if (!(await getWebhook(sql, companyId))) {
      throw new ApiError('illegal_status', 'There is no webhook to test. Save its address first.')
    }
    const dedupeKey = `test:${crypto.randomUUID()}`
    const text = { title: 'Test notification', message: 'This is a test of the webhook.' }
    const none = { agentId: null, runId: null, toBrowser: false, toWebhook: true }
    await transaction(sql, (tx) => storeNotifications(tx, [{ companyId, kind: 'test', dedupeKey, ...text, ...none }]))
    return { sent: true }
  }),
  /** Sends a delivery that has succeeded or failed again. Error: `illegal_status` while it is pending, or without a webhook. */
  sendAgain: procedure.input(whichCompany.extend({ deliveryId: uuid })).mutation(async ({ ctx, input }) => {
    const companyId = await ctx.gate.company(input.companyId)
    return await sendAgain(ctx.services.database.sql, ctx.by, { ...input, companyId })
  }),
  deliveries: procedure.input(whichCompany.extend(pageInput)).query(async ({ ctx, input }) => {
    const companyId = await ctx.gate.company(input.companyId)
    return await listDeliveries(ctx.services.database.sql, { ...input, companyId })
  }),
})

/** The owner of an inbox: a person, or one for all calls with REVEILLE_TOKEN. */
function readerOf(by: { id: string | null }): string {
  return by.id ?? 'operator'
}
