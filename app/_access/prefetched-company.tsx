'use client'

import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { type Outputs, useTRPC } from '@/app/_trpc/client'

type PrefetchedCompanyProps = { company: Outputs['company']['get'] | null; children: ReactNode }

/** Puts the company that came with the page into the cache: its name and permissions are known from the first render. */
export function PrefetchedCompany({ company, children }: PrefetchedCompanyProps) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  useState(() => {
    if (!company) return
    const queryKey = api.company.get.queryKey({ companyId: company.id })
    if (queryClient.getQueryData(queryKey) === undefined) queryClient.setQueryData(queryKey, company, { updatedAt: 1 })
  })
  return children
}
