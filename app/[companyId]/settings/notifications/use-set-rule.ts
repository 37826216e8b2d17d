'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { toast } from 'sonner'
import { toastSuccess } from '@/app/_components/toast-success'
import { errorMessage } from '@/app/_trpc/api-error'
import { useTRPC } from '@/app/_trpc/client'
import type { RuleKind } from '@/server/domain/notification'
import { ruleLabels } from './rule-labels'
import type { Rule } from './rule-list'

/** Saves a rule: shown at once, reverted if the server refuses it, and offered to be undone. */
export function useSetRule(companyId: string): (rule: Rule) => void {
  const api = useTRPC()
  const queryClient = useQueryClient()
  const queryKey = api.notification.settings.queryKey({ companyId })
  const undoing = useRef<RuleKind | null>(null)
  const { mutate } = useMutation(
    api.notification.setRule.mutationOptions({
      async onMutate({ kind, threshold = null, toBrowser, toWebhook }) {
        await queryClient.cancelQueries({ queryKey })
        const before = queryClient.getQueryData(queryKey)
        const changed = { kind, threshold, toBrowser, toWebhook }
        const rules = before?.rules.map((rule) => (rule.kind === kind ? changed : rule))
        queryClient.setQueryData(queryKey, before && rules && { ...before, rules })
        return { before }
      },
      onSuccess({ kind }, _given, { before }) {
        const isUndo = undoing.current === kind
        undoing.current = null
        if (isUndo) return toastSuccess('Change undone.')
        const former = before?.rules.find((rule) => rule.kind === kind)
        toastSuccess(`Saved: ${ruleLabels[kind].label.toLowerCase()}.`, former && (() => undo(former)))
      },
      onError(error, _given, context) {
        undoing.current = null
        queryClient.setQueryData(queryKey, context?.before)
        toast.error(`Not saved. ${errorMessage(error)}`)
      },
      onSettled: () => queryClient.invalidateQueries({ queryKey }),
    }),
  )
  const undo = (former: Rule) => {
    undoing.current = former.kind
    mutate({ companyId, ...former })
  }
  return (rule) => mutate({ companyId, ...rule })
}
