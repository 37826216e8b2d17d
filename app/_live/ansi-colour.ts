import type { AnsiColour, AnsiStyle } from './ansi'

type Rgb = readonly [red: number, green: number, blue: number]

/** The background of the log: `--color-sunken` in both themes. */
const backgrounds = { light: [250, 250, 250], dark: [12, 13, 15] } as const
const black: Rgb = [0, 0, 0]
const white: Rgb = [255, 255, 255]
/** The WCAG minimum for text. */
const leastContrast = 4.5

/**
 * The colours of a piece of output as CSS, legible in both themes. The first 16 colours of the palette follow the theme;
 * others are kept, but made darker or lighter where their contrast is too low.
 */
export function cssColours({ fg, bg, inverse }: AnsiStyle): { color?: string; backgroundColor?: string } {
  const [front, back] = inverse ? [bg, fg] : [fg, bg]
  if (back === undefined && inverse) return { color: 'var(--color-sunken)', backgroundColor: inverseBackground(front) }
  if (back === undefined) return front === undefined ? {} : { color: onBackground(front) }
  const background = rgbOf(back)
  // The theme's colours have enough contrast to its background, and so does the background to them.
  if (background === null) return { color: 'var(--color-sunken)', backgroundColor: onBackground(back) }
  const given = front === undefined ? null : rgbOf(front)
  const best = contrast(white, background) > contrast(black, background) ? white : black
  const text = given && contrast(given, background) >= leastContrast ? given : best
  if (inverse && front === undefined) return { color: 'var(--color-sunken)', backgroundColor: onBackground(back) }
  return { color: css(text), backgroundColor: css(background) }
}

function inverseBackground(front: AnsiColour | undefined): string {
  return front === undefined ? 'var(--color-ink)' : onBackground(front)
}

/** A colour, adjusted to be legible on the log's background. */
function onBackground(colour: AnsiColour): string {
  const rgb = rgbOf(colour)
  if (rgb === null) return `var(--color-ansi-${colour})`
  const [light, dark] = [legible(rgb, backgrounds.light, black), legible(rgb, backgrounds.dark, white)]
  return light === dark ? light : `light-dark(${light}, ${dark})`
}

/** Mixes in as little of `end` as makes the colour legible. */
function legible(colour: Rgb, background: Rgb, end: Rgb): string {
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = mix(colour, end, share)
    if (contrast(mixed, background) >= leastContrast) return css(mixed)
  }
  return css(end)
}

/** Null for colours that follow the theme. */
function rgbOf(colour: AnsiColour): Rgb | null {
  if (typeof colour === 'string') {
    const value = Number.parseInt(colour.slice(1), 16)
    return [value >> 16, (value >> 8) & 255, value & 255]
  }
  if (colour < 16) return null
  if (colour >= 232) {
    const grey = 8 + (colour - 232) * 10
    return [grey, grey, grey]
  }
  const cube = colour - 16
  const part = (of: number) => (of === 0 ? 0 : 55 + of * 40)
  return [part(Math.floor(cube / 36)), part(Math.floor(cube / 6) % 6), part(cube % 6)]
}

/** The contrast ratio of WCAG, from 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [luminance(one), luminance(other)]
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}

function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

function linear(value: number): number {
  const share = value / 255
  return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const part = (at: 0 | 1 | 2) => Math.round(from[at] + (to[at] - from[at]) * share)
  return [part(0), part(1), part(2)]
}

function css([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`
}
