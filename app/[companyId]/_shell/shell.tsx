import type { ReactNode } from 'react'
import { PasswordReminder } from '@/app/_account/password-reminder'
import { LiveEvents } from '@/app/_live/live-events'
import { BottomBar } from './bottom-bar'
import { ConnectionLine } from './connection-line'
import { Rail } from './rail'
import { Shortcuts } from './shortcuts'

export function Shell({ companyId, children }: { companyId: string; children: ReactNode }) {
  return (
    <div className="flex h-dvh flex-col sm:flex-row">
      <LiveEvents companyId={companyId} />
      <Shortcuts companyId={companyId} />
      <Rail companyId={companyId} />
      <main className="relative flex min-h-0 min-w-0 flex-1 flex-col">
        <ConnectionLine />
        <PasswordReminder />
        {children}
      </main>
      <BottomBar companyId={companyId} />
    </div>
  )
}
