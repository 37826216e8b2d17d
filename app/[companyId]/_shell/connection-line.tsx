'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { formatDistance } from '@/app/_time/format'
import { useNow } from '@/app/_time/ticker'
import { useConnectionLostAt } from '@/app/_trpc/connection'

/** Shown while the live connection is lost. Failed queries are refetched when it is back. */
export function ConnectionLine() {
  const lostAt = useConnectionLostAt()
  const queryClient = useQueryClient()
  useEffect(() => {
    if (lostAt === null) return
    return () => {
      void queryClient.refetchQueries({ type: 'active', predicate: (query) => query.state.status === 'error' })
    }
  }, [lostAt, queryClient])
  return (
    <div role="status" aria-live="polite" className="absolute inset-x-0 top-0 z-30 flex justify-center empty:hidden">
      {lostAt !== null && <Lost at={lostAt} />}
    </div>
  )
}

function Lost({ at }: { at: number }) {
  const now = useNow()
  return (
    <p className="animate-changed rounded-b-md border border-line border-t-0 bg-raised px-3 py-1 text-small text-timed-out shadow-sm">
      Connection lost {formatDistance(Math.max(0, now - at))} ago. Reconnecting…
    </p>
  )
}
