const door = new EventTarget()

/** Opens the palette from anywhere on the page. */
export function openPalette(): void {
  door.dispatchEvent(new Event('open'))
}

/** Answers the function that stops listening. */
export function onPaletteOpen(open: () => void): () => void {
  door.addEventListener('open', open)
  return () => door.removeEventListener('open', open)
}
