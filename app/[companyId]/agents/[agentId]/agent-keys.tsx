'use client'

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Revoke } from '@/app/_components/revoke'
import { Button } from '@/app/_components/ui/button'
import { Ago } from '@/app/_time/times'
import { type Agent, type Outputs, useTRPC, useTRPCClient } from '@/app/_trpc/client'
import { NewKeyDialog } from './new-key-dialog'

type Key = Outputs['agent']['keys']['items'][number]

/** The API keys with which programs act as this agent. */
export function AgentKeys({ agent }: { agent: Agent }) {
  const api = useTRPC()
  const { data } = useQuery(api.agent.keys.queryOptions({ agentId: agent.id }))
  const [creating, setCreating] = useState(false)
  if (!data) return null
  const valid = data.items.filter((key) => key.revokedAt === null)
  return (
    <section className="grid grid-cols-[minmax(0,1fr)] gap-2">
      <div className="flex items-center justify-between gap-3">
        <h2 className="font-semibold">Keys</h2>
        <Button variant="quiet" className="-mr-3 text-accent" onClick={() => setCreating(true)}>
          New key
        </Button>
      </div>
      {valid.length === 0 ? (
        <p className="text-muted">No keys. A program outside of a run needs one to wake agents and report costs.</p>
      ) : (
        <ul aria-label="Keys" className="border-t">
          {valid.map((key) => (
            <KeyRow key={key.id} agentId={agent.id} agentKey={key} />
          ))}
        </ul>
      )}
      <NewKeyDialog agent={agent} open={creating} onOpenChange={setCreating} />
    </section>
  )
}

function KeyRow({ agentId, agentKey: { id, name, prefix, lastUsedAt } }: { agentId: string; agentKey: Key }) {
  const api = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  return (
    <li className="flex items-center gap-2 border-b py-1">
      <div className="min-w-0 flex-1">
        <p className="truncate" title={name}>
          {name}
        </p>
        <p className="text-muted text-small">
          <code className="font-mono">{prefix}…</code> used <Ago at={lastUsedAt} none="never" />
        </p>
      </div>
      <Revoke
        name={name}
        consequence="Programs that use this key lose access at once."
        revoke={() => client.agent.revokeKey.mutate({ agentId, keyId: id })}
        onSettled={() => queryClient.invalidateQueries(api.agent.keys.queryFilter({ agentId }))}
      />
    </li>
  )
}
