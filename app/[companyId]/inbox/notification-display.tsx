import { BellRing, CircleDollarSign, Repeat, Server, VolumeX } from 'lucide-react'
import type { ReactNode } from 'react'
import { StatusShape } from '@/app/_components/status-mark'
import type { NotificationKind } from '@/server/domain/notification'

const icon = 'size-3.5 shrink-0'

/** The icon and the label of each kind of notification. */
export const notificationDisplay = {
  run_failed: { label: 'Run failed', icon: <StatusShape status="failed" /> },
  agent_failing: { label: 'Agent failing', icon: <Repeat aria-hidden className={`${icon} text-failed`} /> },
  budget_near: { label: 'Budget near', icon: <CircleDollarSign aria-hidden className={`${icon} text-timed-out`} /> },
  budget_spent: { label: 'Budget spent', icon: <CircleDollarSign aria-hidden className={`${icon} text-failed`} /> },
  server_lost: { label: 'Server lost', icon: <Server aria-hidden className={`${icon} text-failed`} /> },
  run_silent: { label: 'Silent run', icon: <VolumeX aria-hidden className={`${icon} text-timed-out`} /> },
  test: { label: 'Test', icon: <BellRing aria-hidden className={`${icon} text-muted`} /> },
} as const satisfies Record<NotificationKind, { label: string; icon: ReactNode }>
