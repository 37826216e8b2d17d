import { notFound } from 'next/navigation'
import type { ReactNode } from 'react'
import { PrefetchedCompany } from '@/app/_access/prefetched-company'
import { readOnServer } from '@/app/_trpc/read-on-server'
import { Shell } from './_shell/shell'

const uuidShape = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

type CompanyLayoutProps = { params: Promise<{ companyId: string }>; children: ReactNode }

export default async function CompanyLayout({ params, children }: CompanyLayoutProps) {
  const { companyId } = await params
  if (!uuidShape.test(companyId)) notFound()
  const { data: company } = await readOnServer((calls) => calls.company.get({ companyId }))
  return (
    <PrefetchedCompany company={company}>
      <Shell companyId={companyId}>{children}</Shell>
    </PrefetchedCompany>
  )
}
