const events = new EventTarget()

/** Opens the palette from any component. */
export function openPalette(): void {
  events.dispatchEvent(new Event('open'))
}

/** Returns the function that stops listening. */
export function onPaletteOpen(open: () => void): () => void {
  events.addEventListener('open', open)
  return () => events.removeEventListener('open', open)
}
