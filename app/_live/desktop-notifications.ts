import type { LivePayload } from '@/server/domain/live-event'

const name = 'reveille.desktop'

export function isDesktopWanted(): boolean {
  return Notification.permission === 'granted' && localStorage.getItem(name) === 'yes'
}

export function setDesktopWanted(wanted: boolean): void {
  if (wanted) localStorage.setItem(name, 'yes')
  else localStorage.removeItem(name)
}

/** Shows a notification on the desktop where that is wanted and nobody looks at the page; several tabs show it once. */
export function showOnDesktop({ title, message, notificationId }: LivePayload<'notification.created'>): void {
  if (!('Notification' in window) || !isDesktopWanted() || document.hasFocus()) return
  const shown = new Notification(title, { body: message, tag: notificationId })
  shown.onclick = () => window.focus()
}
