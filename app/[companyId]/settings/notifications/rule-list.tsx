'use client'

import { useState } from 'react'
import { cn } from '@/app/_components/ui/classes'
import { inputClass } from '@/app/_components/ui/field'
import type { Outputs } from '@/app/_trpc/client'
import { ruleDefaults } from '@/server/domain/notification'
import { ruleLabels } from './rule-labels'
import { useSetRule } from './use-set-rule'

export type Rule = Outputs['notification']['settings']['rules'][number]

type RuleListProps = { companyId: string; rules: readonly Rule[]; hasWebhook: boolean }

/** Each change of a rule is saved at once; a change that the server refuses is reverted. */
export function RuleList({ companyId, rules, hasWebhook }: RuleListProps) {
  const setRule = useSetRule(companyId)
  return (
    <table aria-label="Rules" className="w-full border-collapse">
      <thead>
        <tr className="h-8 text-left text-muted text-small">
          <th className="font-normal">When</th>
          <th className="w-20 text-center font-normal">Inbox</th>
          <th className="w-20 text-center font-normal">Webhook</th>
        </tr>
      </thead>
      <tbody>
        {rules.map((rule) => (
          <RuleRow
            key={rule.kind}
            rule={rule}
            hasWebhook={hasWebhook}
            onChange={(change) => setRule({ ...rule, ...change })}
          />
        ))}
      </tbody>
    </table>
  )
}

type RuleRowProps = { rule: Rule; hasWebhook: boolean; onChange: (change: Partial<Rule>) => void }

function RuleRow({ rule, hasWebhook, onChange }: RuleRowProps) {
  const { label } = ruleLabels[rule.kind]
  return (
    <tr className="h-11 border-t">
      <td className="py-1.5 pr-3">
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          {label}
          <Threshold key={rule.threshold} rule={rule} onSet={(threshold) => onChange({ threshold })} />
        </span>
      </td>
      <td className="text-center">
        <input
          type="checkbox"
          aria-label={`${label}: inbox`}
          checked={rule.toBrowser}
          onChange={(event) => onChange({ toBrowser: event.target.checked })}
          className="size-4 align-middle"
        />
      </td>
      <td className="text-center">
        <input
          type="checkbox"
          aria-label={`${label}: webhook`}
          checked={rule.toWebhook && hasWebhook}
          disabled={!hasWebhook}
          title={hasWebhook ? undefined : 'Save a webhook first'}
          onChange={(event) => onChange({ toWebhook: event.target.checked })}
          className="size-4 align-middle"
        />
      </td>
    </tr>
  )
}

function Threshold({ rule, onSet }: { rule: Rule; onSet: (threshold: number) => void }) {
  const allowed = ruleDefaults[rule.kind].threshold
  const { label, before, after } = ruleLabels[rule.kind]
  const [text, setText] = useState(String(rule.threshold ?? ''))
  if (!allowed || before === null) return null
  const value = Number(text)
  const isValid = Number.isInteger(value) && value >= allowed.min && value <= allowed.max
  return (
    <span className="inline-flex items-center gap-1.5 text-muted">
      {before}
      <input
        type="text"
        inputMode="numeric"
        aria-label={`${label}: ${before} how many ${after}`}
        aria-invalid={isValid ? undefined : true}
        title={isValid ? undefined : `${allowed.min} to ${allowed.max}`}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={() => (isValid ? value !== rule.threshold && onSet(value) : setText(String(rule.threshold)))}
        onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
        className={cn(inputClass, 'w-16 py-0.5 text-right')}
      />
      {after}
    </span>
  )
}
