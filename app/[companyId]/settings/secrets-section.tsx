'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useState } from 'react'
import { Allowed } from '@/app/_access/allowed'
import { QueryError } from '@/app/_components/query-error'
import { Skeleton } from '@/app/_components/skeleton'
import { Button } from '@/app/_components/ui/button'
import { Ago } from '@/app/_time/times'
import { type Outputs, useTRPC } from '@/app/_trpc/client'
import { RemoveSecret } from './remove-secret'
import { SetSecretForm } from './set-secret-form'

type Secret = Outputs['secret']['list']['items'][number]

/** The secrets of the company by name. Values can be set but not read. */
export function SecretsSection({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const secrets = useQuery(api.secret.list.queryOptions({ companyId }))
  const [replaced, setReplaced] = useState<string | null>(null)
  return (
    <div className="grid gap-4">
      <p className="text-muted">
        Agents refer to secrets by name in their environment or headers. Values are encrypted and never shown again.
      </p>
      {secrets.isPending && <Skeleton className="w-40" />}
      {secrets.isError && <QueryError error={secrets.error} onRetry={() => void secrets.refetch()} />}
      {secrets.data && secrets.data.items.length > 0 && (
        <ul aria-label="Secrets" className="border-t">
          {secrets.data.items.map((secret) => (
            <SecretRow
              key={secret.name}
              companyId={companyId}
              secret={secret}
              onReplace={() => setReplaced(secret.name)}
            />
          ))}
        </ul>
      )}
      <Allowed
        to="secret.set"
        otherwise={<p className="text-muted text-small">Only operators and owners can set secrets.</p>}
      >
        <SetSecretForm
          key={replaced ?? ''}
          companyId={companyId}
          replaced={replaced}
          onDone={() => setReplaced(null)}
        />
      </Allowed>
    </div>
  )
}

type SecretRowProps = { companyId: string; secret: Secret; onReplace: () => void }

function SecretRow({ companyId, secret, onReplace }: SecretRowProps) {
  return (
    <li className="flex items-center gap-3 border-b py-1.5">
      <div className="min-w-0 flex-1">
        <p className="font-mono text-log [overflow-wrap:anywhere]">{secret.name}</p>
        <p className="text-muted text-small">
          {secret.usedBy.length === 0 ? 'Not used' : 'Used by '}
          {secret.usedBy.map((agent, at) => (
            <span key={agent.id}>
              {at > 0 && ', '}
              <Link href={`/${companyId}/agents/${agent.id}`} className="text-accent hover:underline">
                {agent.name}
              </Link>
            </span>
          ))}
          {' · set '}
          <Ago at={secret.updatedAt} />
        </p>
      </div>
      <div className="-mr-3 flex">
        <Allowed to="secret.set">
          <Button variant="quiet" onClick={onReplace}>
            Replace
          </Button>
        </Allowed>
        <Allowed to="secret.remove">
          <RemoveSecret companyId={companyId} name={secret.name} />
        </Allowed>
      </div>
    </li>
  )
}
