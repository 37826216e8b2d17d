'use client'

import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

type DialogProps = {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  description: string
  children: ReactNode
}

export function Dialog({ open, onOpenChange, title, description, children }: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-changed bg-overlay" />
        <Radix.Content className="-translate-x-1/2 fixed top-[max(1rem,18vh)] left-1/2 z-50 grid w-[min(28rem,calc(100vw-2rem))] animate-changed gap-4 rounded-lg border border-line bg-raised p-5 shadow-xl">
          <div className="grid gap-1">
            <Radix.Title className="font-semibold text-title">{title}</Radix.Title>
            <Radix.Description className="text-muted">{description}</Radix.Description>
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
