'use client'

import type { ReactNode } from 'react'
import type { Procedure } from '@/server/identity/access/permissions'
import { useCan } from './use-can'

type AllowedProps = {
  to: Procedure
  children: ReactNode /** What stands there for everyone else. */
  otherwise?: ReactNode
}

/** What is offered only to those who may do it. */
export function Allowed({ to, children, otherwise = null }: AllowedProps) {
  return useCan()(to) ? children : otherwise
}

/** The fields of a form: who may not do what it is for reads them, and is told who may. */
export function FieldsFor({ act, children }: { act: Procedure; children: ReactNode }) {
  const isAllowed = useCan()(act)
  return (
    <fieldset disabled={!isAllowed} className="contents">
      {children}
      {!isAllowed && <p className="text-muted text-small">Operators and owners change this.</p>}
    </fieldset>
  )
}
