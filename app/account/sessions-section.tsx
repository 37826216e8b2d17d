'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { toast } from 'sonner'
import { Confirm } from '@/app/_components/confirm'
import { QueryError } from '@/app/_components/query-error'
import { Skeleton } from '@/app/_components/skeleton'
import { Button } from '@/app/_components/ui/button'
import { Ago } from '@/app/_time/times'
import { errorMessage } from '@/app/_trpc/api-error'
import { type Outputs, useTRPC } from '@/app/_trpc/client'

type Session = Outputs['account']['sessions']['items'][number]

/** The browsers in which the person is signed in. */
export function SessionsSection() {
  const api = useTRPC()
  const [isConfirming, setConfirming] = useState(false)
  const sessions = useQuery(api.account.sessions.queryOptions())
  const endAll = useMutation(
    api.account.signOutEverywhere.mutationOptions({ onSuccess: () => window.location.assign('/sign-in') }),
  )
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      {sessions.isPending && <Skeleton className="w-40" />}
      {sessions.isError && <QueryError error={sessions.error} onRetry={() => void sessions.refetch()} />}
      {sessions.data && (
        <ul aria-label="Signed-in browsers" className="border-t">
          {sessions.data.items.map((session) => (
            <SessionRow key={session.id} session={session} />
          ))}
        </ul>
      )}
      <Button variant="danger" className="justify-self-start" onClick={() => setConfirming(true)}>
        Sign out everywhere
      </Button>
      <Confirm
        open={isConfirming}
        onOpenChange={setConfirming}
        title="Sign out everywhere?"
        description="All browsers are signed out, including this one. Tokens stay valid."
        keep="Stay signed in"
        confirm="Sign out everywhere"
        isPending={endAll.isPending}
        error={endAll.error ? errorMessage(endAll.error) : null}
        onConfirm={() => endAll.mutate()}
      />
    </div>
  )
}

function SessionRow({ session }: { session: Session }) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  const end = useMutation(
    api.account.endSession.mutationOptions({
      onError: (error) => toast.error(`Not signed out. ${errorMessage(error)}`),
      onSettled: () => queryClient.invalidateQueries(api.account.sessions.pathFilter()),
    }),
  )
  return (
    <li className="flex min-h-12 items-center gap-3 border-b py-1.5">
      <div className="min-w-0 flex-1">
        <p className="truncate">
          {session.userAgent ?? 'Unknown browser'}
          {session.isThis && <span className="text-muted"> · this browser</span>}
        </p>
        <p className="text-muted text-small">
          {session.address && <span className="font-mono">{session.address}</span>}
          {session.address && ' · '}
          used <Ago at={session.lastUsedAt} none="never" /> · since <Ago at={session.createdAt} />
        </p>
      </div>
      {!session.isThis && (
        <Button
          variant="quiet"
          className="-mr-3"
          disabled={end.isPending}
          onClick={() => end.mutate({ sessionId: session.id })}
        >
          Sign out
        </Button>
      )}
    </li>
  )
}
