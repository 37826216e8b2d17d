import { expect, test } from 'vitest'
import { contrast, cssColours } from './ansi-colour'

const grounds = { light: [250, 250, 250], dark: [12, 13, 15] } as const

function rgb(css: string) {
  const [red = 0, green = 0, blue = 0] = css.match(/\d+/g)?.map(Number) ?? []
  return [red, green, blue] as const
}

/** What a colour is in either theme. */
function inThemes(css: string) {
  const [light = css, dark = light] = css.match(/rgb\([^)]*\)/g) ?? []
  return { light, dark }
}

const colours = [...Array.from({ length: 240 }, (_, at) => at + 16), '#ffff00', '#00008b', '#ffffff', '#000000']

test.each(colours)('%s can be read in both themes, and stays itself where it could be', (fg) => {
  const { light, dark } = inThemes(cssColours({ fg }).color ?? '')
  expect(contrast(rgb(light), grounds.light)).toBeGreaterThanOrEqual(4.5)
  expect(contrast(rgb(dark), grounds.dark)).toBeGreaterThanOrEqual(4.5)
})

test.each(colours)('text on %s can be read, whatever colour it was given', (bg) => {
  for (const fg of [undefined, 7, 15, bg, '#808080'] as const) {
    const { color = '', backgroundColor = '' } = cssColours({ fg, bg })
    expect(contrast(rgb(color), rgb(backgroundColor))).toBeGreaterThanOrEqual(4.5)
  }
})

test('the first 16 follow the theme', () => {
  expect(cssColours({ fg: 1 })).toEqual({ color: 'var(--color-ansi-1)' })
  expect(cssColours({ fg: 15, bg: 1 })).toEqual({
    color: 'var(--color-sunken)',
    backgroundColor: 'var(--color-ansi-1)',
  })
  expect(cssColours({ inverse: true })).toEqual({ color: 'var(--color-sunken)', backgroundColor: 'var(--color-ink)' })
  expect(cssColours({ fg: 2, inverse: true })).toEqual({
    color: 'var(--color-sunken)',
    backgroundColor: 'var(--color-ansi-2)',
  })
})
