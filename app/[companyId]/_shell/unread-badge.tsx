'use client'

import { useQuery } from '@tanstack/react-query'
import { useTRPC } from '@/app/_trpc/client'

/** The number of unread notifications, if there are any. */
export function UnreadBadge({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const { data } = useQuery(api.notification.unread.queryOptions({ companyId }))
  if (!data?.unread) return null
  return (
    <span className="grid h-4 min-w-4 place-items-center rounded-full bg-accent-solid px-1 font-medium text-[10px] text-on-accent leading-none">
      {data.unread > 99 ? '99+' : data.unread}
      <span className="sr-only"> unread</span>
    </span>
  )
}
