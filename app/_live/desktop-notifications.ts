const name = 'reveille.desktop'

export function isDesktopWanted(): boolean {
  return Notification.permission === 'granted' && localStorage.getItem(name) === 'yes'
}

export function setDesktopWanted(wanted: boolean): void {
  if (wanted) localStorage.setItem(name, 'yes')
  else localStorage.removeItem(name)
}

/** Shows a notification on the desktop where that is wanted and nobody looks at the page; several tabs show it once. */
export function showOnDesktop(payload: Record<string, unknown>): void {
  if (!('Notification' in window) || !isDesktopWanted() || document.hasFocus()) return
  const { title, message, notificationId } = payload
  const shown = new Notification(String(title), { body: String(message), tag: String(notificationId) })
  shown.onclick = () => window.focus()
}
