'use client'

import { Bell, BellRing } from 'lucide-react'
import { useEffect, useState } from 'react'
import { toast } from 'sonner'
import { Button } from '@/app/_components/ui/button'
import { areDesktopNotificationsOn, setDesktopNotifications } from '@/app/_live/desktop-notifications'

/** Desktop notifications of this browser. Browsers ask for permission only after a click. */
export function DesktopToggle() {
  const [isOn, setOn] = useState<boolean | null>(null)
  useEffect(() => setOn('Notification' in window ? areDesktopNotificationsOn() : null), [])
  if (isOn === null) return null
  const Icon = isOn ? BellRing : Bell
  const toggle = async () => {
    if (!isOn && (await Notification.requestPermission()) !== 'granted') {
      toast.error('This browser blocks notifications. Allow them in its settings for this site.')
      return
    }
    setDesktopNotifications(!isOn)
    setOn(!isOn)
  }
  return (
    <Button variant="quiet" aria-pressed={isOn} title="Desktop notifications" onClick={() => void toggle()}>
      <Icon aria-hidden className={isOn ? 'size-4 text-accent' : 'size-4'} />
      <span className="max-sm:sr-only">{isOn ? 'Desktop notifications: on' : 'Desktop notifications: off'}</span>
    </Button>
  )
}
