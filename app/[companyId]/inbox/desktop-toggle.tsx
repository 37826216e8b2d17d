'use client'

import { Bell, BellRing } from 'lucide-react'
import { useEffect, useState } from 'react'
import { toast } from 'sonner'
import { Button } from '@/app/_components/ui/button'
import { isDesktopWanted, setDesktopWanted } from '@/app/_live/desktop-notifications'

/** Notifications of the desktop, for this browser: asked for by a press, as browsers want it. */
export function DesktopToggle() {
  const [wanted, setWanted] = useState<boolean | null>(null)
  useEffect(() => setWanted('Notification' in window ? isDesktopWanted() : null), [])
  if (wanted === null) return null
  const Icon = wanted ? BellRing : Bell
  const turn = async () => {
    if (!wanted && (await Notification.requestPermission()) !== 'granted') {
      toast.error('This browser does not allow it. Its settings for this site say why.')
      return
    }
    setDesktopWanted(!wanted)
    setWanted(!wanted)
  }
  return (
    <Button variant="quiet" aria-pressed={wanted} title="Show on the desktop" onClick={() => void turn()}>
      <Icon aria-hidden className={wanted ? 'size-4 text-accent' : 'size-4'} />
      <span className="max-sm:sr-only">{wanted ? 'On the desktop: on' : 'Show on the desktop'}</span>
    </Button>
  )
}
