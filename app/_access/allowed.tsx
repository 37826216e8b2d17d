'use client'

import type { ReactNode } from 'react'
import type { Procedure } from '@/server/identity/access/permissions'
import { useCan } from './use-can'

type AllowedProps = {
  to: Procedure
  children: ReactNode
  /** Shown to everyone else. */
  otherwise?: ReactNode
}

/** Shows its children only if the reader may call the procedure `to`. */
export function Allowed({ to, children, otherwise = null }: AllowedProps) {
  return useCan()(to) ? children : otherwise
}

/** The fields of a form, disabled with a note if the reader may not call the procedure `act`. */
export function FieldsFor({ act, children }: { act: Procedure; children: ReactNode }) {
  const isAllowed = useCan()(act)
  return (
    <fieldset disabled={!isAllowed} className="contents">
      {children}
      {!isAllowed && <p className="text-muted text-small">Only operators and owners can change this.</p>}
    </fieldset>
  )
}
