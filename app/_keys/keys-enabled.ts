const storageKey = 'reveille.keys'

/** Whether single keys do anything; kept by the browser, for those who speak to it or press keys by accident. */
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
    // Where nothing can be stored, the keys stay as they are.
  }
}
