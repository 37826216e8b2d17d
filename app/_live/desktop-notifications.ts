import type { LivePayload } from '@/server/domain/live-event'

const storageKey = 'reveille.desktop'

export function areDesktopNotificationsOn(): boolean {
  return Notification.permission === 'granted' && localStorage.getItem(storageKey) === 'yes'
}

export function setDesktopNotifications(on: boolean): void {
  if (on) localStorage.setItem(storageKey, 'yes')
  else localStorage.removeItem(storageKey)
}

/** Shows a desktop notification, if they are on and the page is not focused. Several tabs show it only once. */
export function showOnDesktop({ title, message, notificationId }: LivePayload<'notification.created'>): void {
  if (!('Notification' in window) || !areDesktopNotificationsOn() || document.hasFocus()) return
  const shown = new Notification(title, { body: message, tag: notificationId })
  shown.onclick = () => window.focus()
}
