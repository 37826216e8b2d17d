'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useEffect, useState } from 'react'
import { Button, buttonClass } from '@/app/_components/ui/button'
import { useTRPC } from '@/app/_trpc/client'

const laterKey = 'reveille.password-later'

/** Asks people who signed in by a link to choose an e-mail and a password. "Later" hides it until the tab is closed. */
export function PasswordReminder() {
  const api = useTRPC()
  const [isLater, setLater] = useState(true)
  useEffect(() => setLater(sessionStorage.getItem(laterKey) !== null), [])
  const { data: account } = useQuery(api.account.get.queryOptions(undefined, { staleTime: 60_000 }))
  if (isLater || !account || account.id === null || account.hasPassword) return null
  const later = () => {
    sessionStorage.setItem(laterKey, 'yes')
    setLater(true)
  }
  return (
    <aside
      aria-label="Password"
      className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b bg-sunken px-4 py-1.5 sm:px-6"
    >
      <p className="min-w-0 flex-1 basis-64">
        You signed in with a one-time link. Choose an e-mail and a password so that you can sign in again.
      </p>
      <span className="-mx-3 flex">
        <Link href="/account" className={buttonClass('quiet', 'text-accent')}>
          Choose
        </Link>
        <Button variant="quiet" onClick={later}>
          Later
        </Button>
      </span>
    </aside>
  )
}
