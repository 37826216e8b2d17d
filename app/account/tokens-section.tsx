'use client'

import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { LoadMore } from '@/app/_components/load-more'
import { QueryError } from '@/app/_components/query-error'
import { Revoke } from '@/app/_components/revoke'
import { Skeleton } from '@/app/_components/skeleton'
import { Button } from '@/app/_components/ui/button'
import { Ago, Until } from '@/app/_time/times'
import { type Outputs, useTRPC, useTRPCClient } from '@/app/_trpc/client'
import { itemsOf, nextPage } from '@/app/_trpc/pages'
import { NewTokenDialog } from './new-token-dialog'

type Token = Outputs['token']['list']['items'][number]

export function TokensSection({ personId }: { personId: string | null }) {
  const api = useTRPC()
  const [creating, setCreating] = useState(false)
  const tokens = useInfiniteQuery(api.token.list.infiniteQueryOptions({ limit: 50 }, nextPage))
  const rows = itemsOf(tokens.data)
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <p className="text-muted">
        For the command line and other programs. A program with a token acts as you, limited to the token's company and
        role, and never has more rights than you have at that moment.
      </p>
      {tokens.isPending && <Skeleton className="w-40" />}
      {tokens.isError && <QueryError error={tokens.error} onRetry={() => void tokens.refetch()} />}
      {rows.length > 0 && (
        <ul aria-label="Personal tokens" className="border-t">
          {rows.map((token) => (
            <TokenRow key={token.id} token={token} isOwn={token.personId === personId} />
          ))}
        </ul>
      )}
      <LoadMore query={tokens} />
      <Button className="justify-self-start" onClick={() => setCreating(true)}>
        New token
      </Button>
      <NewTokenDialog open={creating} onOpenChange={setCreating} />
    </div>
  )
}

function TokenRow({ token, isOwn }: { token: Token; isOwn: boolean }) {
  const { id, name, prefix, personName, companyName, role, lastUsedAt, expiresAt, revokedAt } = token
  const api = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const isExpired = expiresAt !== null && Date.parse(expiresAt) <= Date.now()
  const isInactive = revokedAt !== null || isExpired
  return (
    <li className="flex min-h-12 items-center gap-3 border-b py-1.5">
      <div className="min-w-0 flex-1">
        <p className="truncate" title={name}>
          <span className={isInactive ? 'text-muted line-through' : ''}>{name}</span>
          <span className="text-muted">
            {' '}
            · {role ?? 'all rights'} · {companyName ?? 'all companies'}
            {!isOwn && ` · owned by ${personName ?? 'REVEILLE_TOKEN'}`}
          </span>
        </p>
        <p className="text-muted text-small">
          <code className="font-mono">{prefix}…</code> used <Ago at={lastUsedAt} none="never" />
          {revokedAt !== null && (
            <>
              {' '}
              · revoked <Ago at={revokedAt} />
            </>
          )}
          {revokedAt === null && expiresAt !== null && (
            <>
              {' · '}
              {isExpired ? (
                <>
                  expired <Ago at={expiresAt} />
                </>
              ) : (
                <>
                  expires <Until at={expiresAt} />
                </>
              )}
            </>
          )}
        </p>
      </div>
      {revokedAt === null && (
        <Revoke
          name={name}
          consequence="Programs that use this token lose access at once. Their live subscriptions end within seconds."
          revoke={() => client.token.revoke.mutate({ tokenId: id })}
          onSettled={() => queryClient.invalidateQueries(api.token.list.pathFilter())}
        />
      )}
    </li>
  )
}
