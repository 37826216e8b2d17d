const storageKey = 'reveille.keys'

/** Whether single-key shortcuts are on. Stored in the browser; speech input, for example, needs them off. */
export function areKeysEnabled(): boolean {
  try {
    return localStorage.getItem(storageKey) !== 'off'
  } catch {
    return true
  }
}

export function setKeysEnabled(on: boolean): void {
  try {
    localStorage.setItem(storageKey, on ? 'on' : 'off')
  } catch {
    // Without storage, the setting cannot be changed.
  }
}
