import type { Executor, RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { equalsAny, now } from '@/db/expressions'
import { notificationRules } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { ApiError } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { type Rule, type RuleKind, ruleDefaults, ruleKinds } from '@/server/domain/notification'
import { type AuditActor, recordActivity } from '@/server/identity/activity/record'

type Stored = typeof notificationRules.$inferSelect

/** The rules of each of these companies, in the order of `ruleKinds`. */
export async function rulesOf(sql: Executor, companyIds: readonly string[]): Promise<Map<string, Rule[]>> {
  const stored = await drizzleOn(sql)
    .select()
    .from(notificationRules)
    .where(equalsAny(notificationRules.companyId, companyIds))
  return new Map(
    companyIds.map((companyId) => {
      const own = stored.filter((rule) => rule.companyId === companyId)
      return [
        companyId,
        ruleKinds.map((kind) =>
          ruleOf(
            kind,
            own.find((rule) => rule.kind === kind),
          ),
        ),
      ]
    }),
  )
}

function ruleOf(kind: RuleKind, stored: Stored | undefined): Rule {
  const { threshold, toBrowser, toWebhook } = ruleDefaults[kind]
  const defaults = { kind, threshold: threshold?.default ?? null, toBrowser, toWebhook }
  if (!stored) return defaults
  return {
    kind,
    threshold: stored.threshold ?? defaults.threshold,
    toBrowser: stored.toBrowser,
    toWebhook: stored.toWebhook,
  }
}

/** Errors: `invalid_input` for a threshold that this kind does not take. */
export async function setRule(sql: RawSql, by: AuditActor, companyId: CompanyId, rule: Rule): Promise<Rule> {
  const allowed = ruleDefaults[rule.kind].threshold
  const threshold = allowed ? (rule.threshold ?? allowed.default) : null
  if (allowed && threshold !== null && (threshold < allowed.min || threshold > allowed.max)) {
    throw new ApiError('invalid_input', `threshold: must be ${allowed.min} to ${allowed.max}`, 'threshold')
  }
  return await transaction(sql, async (tx) => {
    const set = { threshold, toBrowser: rule.toBrowser, toWebhook: rule.toWebhook }
    await drizzleOn(tx)
      .insert(notificationRules)
      .values({ companyId, kind: rule.kind, ...set })
      .onConflictDoUpdate({
        target: [notificationRules.companyId, notificationRules.kind],
        set: { ...set, updatedAt: now() },
      })
    await recordActivity(tx, {
      companyId,
      by,
      action: 'notification.setRule',
      subject: { type: 'company', id: companyId },
      details: { ...rule, threshold },
    })
    return { ...rule, threshold }
  })
}
