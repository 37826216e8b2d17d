'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { toast } from 'sonner'
import { toastSuccess } from '@/app/_components/toast-success'
import { cn } from '@/app/_components/ui/classes'
import { inputClass } from '@/app/_components/ui/field'
import { errorMessage } from '@/app/_trpc/api-error'
import { type Outputs, useTRPC } from '@/app/_trpc/client'
import { type RuleKind, ruleDefaults } from '@/server/domain/notification'

type Settings = Outputs['notification']['settings']
type Rule = Settings['rules'][number]

const words = {
  run_failed: { label: 'A run failed or timed out', before: null, after: null },
  agent_failing: { label: 'An agent failed several times in a row', before: 'after', after: 'failures' },
  budget_near: { label: 'A budget is nearly spent', before: 'at', after: '%' },
  budget_spent: { label: 'A budget is spent', before: null, after: null },
  server_lost: { label: 'A server was lost', before: null, after: null },
  run_silent: { label: 'A run has written nothing for a while', before: 'for', after: 'minutes' },
} as const satisfies Record<RuleKind, { label: string; before: string | null; after: string | null }>

type RuleListProps = { companyId: string; rules: readonly Rule[]; hasWebhook: boolean }

/** Each rule is saved as it is changed; a change that is refused is taken back, with a word. */
export function RuleList({ companyId, rules, hasWebhook }: RuleListProps) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  const queryKey = api.notification.settings.queryKey({ companyId })
  const undone = useRef<RuleKind | null>(null)
  const set = useMutation(
    api.notification.setRule.mutationOptions({
      async onMutate({ kind, threshold = null, toBrowser, toWebhook }) {
        await queryClient.cancelQueries({ queryKey })
        const before = queryClient.getQueryData(queryKey)
        const changed = { kind, threshold, toBrowser, toWebhook }
        queryClient.setQueryData(
          queryKey,
          before && { ...before, rules: before.rules.map((rule) => (rule.kind === kind ? changed : rule)) },
        )
        return { before }
      },
      onSuccess(changed, _given, { before }) {
        const former = before?.rules.find((rule) => rule.kind === changed.kind)
        const isBack = undone.current === changed.kind
        undone.current = null
        const undo =
          former &&
          (() => {
            undone.current = former.kind
            set.mutate({ companyId, ...former })
          })
        toastSuccess(
          isBack ? 'The rule is as it was.' : `Saved: ${words[changed.kind].label.toLowerCase()}.`,
          isBack ? undefined : undo,
        )
      },
      onError(error, _given, context) {
        undone.current = null
        queryClient.setQueryData(queryKey, context?.before)
        toast.error(`Not saved. ${errorMessage(error)}`)
      },
      onSettled: () => queryClient.invalidateQueries({ queryKey }),
    }),
  )
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
          <tr key={rule.kind} className="h-11 border-t">
            <td className="py-1.5 pr-3">
              <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
                {words[rule.kind].label}
                <Threshold
                  key={rule.threshold}
                  rule={rule}
                  onSet={(threshold) => set.mutate({ companyId, ...rule, threshold })}
                />
              </span>
            </td>
            <td className="text-center">
              <input
                type="checkbox"
                aria-label={`${words[rule.kind].label}: inbox`}
                checked={rule.toBrowser}
                onChange={(event) => set.mutate({ companyId, ...rule, toBrowser: event.target.checked })}
                className="size-4 align-middle"
              />
            </td>
            <td className="text-center">
              <input
                type="checkbox"
                aria-label={`${words[rule.kind].label}: webhook`}
                checked={rule.toWebhook && hasWebhook}
                disabled={!hasWebhook}
                title={hasWebhook ? undefined : 'Save a webhook first'}
                onChange={(event) => set.mutate({ companyId, ...rule, toWebhook: event.target.checked })}
                className="size-4 align-middle"
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Threshold({ rule, onSet }: { rule: Rule; onSet: (threshold: number) => void }) {
  const allowed = ruleDefaults[rule.kind].threshold
  const { label, before, after } = words[rule.kind]
  const [text, setText] = useState(String(rule.threshold ?? ''))
  if (!allowed || before === null) return null
  const value = Number(text)
  const isGood = Number.isInteger(value) && value >= allowed.min && value <= allowed.max
  return (
    <span className="inline-flex items-center gap-1.5 text-muted">
      {before}
      <input
        type="text"
        inputMode="numeric"
        aria-label={`${label}: ${before} how many ${after}`}
        aria-invalid={isGood ? undefined : true}
        title={isGood ? undefined : `${allowed.min} to ${allowed.max}`}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={() => (isGood ? value !== rule.threshold && onSet(value) : setText(String(rule.threshold)))}
        onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
        className={cn(inputClass, 'w-16 py-0.5 text-right')}
      />
      {after}
    </span>
  )
}
