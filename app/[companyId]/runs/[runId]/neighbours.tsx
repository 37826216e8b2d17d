'use client'

import { useQuery } from '@tanstack/react-query'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { buttonClass } from '@/app/_components/ui/button'
import { useKeys } from '@/app/_keys/use-keys'
import { useTRPC } from '@/app/_trpc/client'

/** Links to the agent's previous and next run. */
export function Neighbours({ companyId, runId }: { companyId: string; runId: string }) {
  const api = useTRPC()
  const router = useRouter()
  const { data } = useQuery(api.run.neighbours.queryOptions({ runId }))
  const pathOf = (id: string) => `/${companyId}/runs/${id}` as const
  const go = (id: string | null | undefined) => id && router.push(pathOf(id))
  useKeys([
    { keys: '[', description: 'Previous run of the agent', group: 'Run', run: () => go(data?.previousRunId) },
    { keys: ']', description: 'Next run of the agent', group: 'Run', run: () => go(data?.nextRunId) },
  ])
  return (
    <nav aria-label="Runs of the agent" className="flex">
      <Step path={data?.previousRunId ? pathOf(data.previousRunId) : null} label="Previous run of this agent">
        <ChevronLeft aria-hidden className="size-4" />
      </Step>
      <Step path={data?.nextRunId ? pathOf(data.nextRunId) : null} label="Next run of this agent">
        <ChevronRight aria-hidden className="size-4" />
      </Step>
    </nav>
  )
}

type StepProps = { path: `/${string}/runs/${string}` | null; label: string; children: React.ReactNode }

function Step({ path, label, children }: StepProps) {
  const className = buttonClass('quiet', 'px-1.5')
  if (!path) return <span className={`${className} opacity-35`}>{children}</span>
  return (
    <Link href={path} aria-label={label} title={label} className={className}>
      {children}
    </Link>
  )
}
