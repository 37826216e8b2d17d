'use client'

import { useQuery } from '@tanstack/react-query'
import { useParams } from 'next/navigation'
import { useTRPC } from '@/app/_trpc/client'
import type { Procedure } from '@/server/identity/access/permissions'

/** Whether the reader may call a procedure in the company of the page; no until the server has answered. */
export function useCan(): (act: Procedure) => boolean {
  const api = useTRPC()
  const { companyId = '' } = useParams<{ companyId?: string }>()
  const { data } = useQuery({ ...api.company.get.queryOptions({ companyId }), enabled: companyId !== '' })
  return (act) => data?.may.includes(act) ?? false
}
