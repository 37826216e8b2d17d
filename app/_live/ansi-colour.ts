import type { AnsiColour } from './ansi'

/** A terminal colour as CSS: the first 16 follow the theme, the others are what the terminal standard says. */
export function cssColour(colour: AnsiColour): string {
  if (typeof colour === 'string') return colour
  if (colour < 16) return `var(--color-ansi-${colour})`
  if (colour >= 232) {
    const grey = 8 + (colour - 232) * 10
    return `rgb(${grey} ${grey} ${grey})`
  }
  const cube = colour - 16
  const parts = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6]
  return `rgb(${parts.map((part) => (part === 0 ? 0 : 55 + part * 40)).join(' ')})`
}
