'use client'

import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useCan } from '@/app/_access/use-can'
import { LoadMore } from '@/app/_components/load-more'
import { QueryError } from '@/app/_components/query-error'
import { Skeleton } from '@/app/_components/skeleton'
import { Button } from '@/app/_components/ui/button'
import { Until } from '@/app/_time/times'
import { type Outputs, useTRPC } from '@/app/_trpc/client'
import { itemsOf, nextPage } from '@/app/_trpc/pages'
import { InviteDialog } from './invite-dialog'
import { MemberRole } from './member-role'
import { RemoveMember } from './remove-member'

export type Member = Outputs['member']['list']['items'][number]

/** The members of the company and their roles. Owners can change them. */
export function PeopleSection({ companyId }: { companyId: string }) {
  const can = useCan()
  const canChange = can('member.update')
  const api = useTRPC()
  const [inviting, setInviting] = useState(false)
  const members = useInfiniteQuery(api.member.list.infiniteQueryOptions({ companyId, limit: 50 }, nextPage))
  const rows = itemsOf(members.data)
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <p className="text-muted">
        Owners can do everything. Operators cannot manage people, other people's tokens or archiving. Viewers can only
        read.
      </p>
      {members.isPending && <Skeleton className="w-40" />}
      {members.isError && <QueryError error={members.error} onRetry={() => void members.refetch()} />}
      {rows.length > 0 && (
        <ul aria-label="People" className="border-t">
          {rows.map((member) => (
            <MemberRow key={member.id} member={member} canChange={canChange} />
          ))}
        </ul>
      )}
      <LoadMore query={members} />
      {can('member.invite') ? (
        <Button className="justify-self-start" onClick={() => setInviting(true)}>
          Invite
        </Button>
      ) : (
        <p className="text-muted text-small">Owners invite people and change their roles.</p>
      )}
      <InviteDialog companyId={companyId} open={inviting} onOpenChange={setInviting} />
    </div>
  )
}

function MemberRow({ member, canChange }: { member: Member; canChange: boolean }) {
  const { name, email, role, status, installationOwner, expiresAt } = member
  const isChangeable = canChange && !installationOwner
  const isExpired = expiresAt !== null && Date.parse(expiresAt) <= Date.now()
  return (
    <li className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1 border-b py-1.5">
      <div className="min-w-0 flex-1 basis-40">
        <p className="truncate" title={name ?? email ?? ''}>
          {name ?? email}
        </p>
        <p className="truncate text-muted text-small">
          {status === 'active' && (email ?? 'no e-mail yet')}
          {installationOwner && ' · owner of this installation'}
          {status === 'invited' && isExpired && 'The invitation has expired. Invite the person again.'}
          {status === 'invited' && !isExpired && (
            <>
              Invited; the link expires <Until at={expiresAt} />
            </>
          )}
        </p>
      </div>
      {isChangeable ? (
        <span className="flex items-center gap-1">
          <MemberRole member={member} />
          <RemoveMember member={member} />
        </span>
      ) : (
        <span className="text-muted">{role}</span>
      )}
    </li>
  )
}
