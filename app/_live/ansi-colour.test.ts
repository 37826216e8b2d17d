import { expect, test } from 'vitest'
import { contrast, cssColours } from './ansi-colour'

const backgrounds = { light: [250, 250, 250], dark: [12, 13, 15] } as const

function rgb(css: string) {
  const [red = 0, green = 0, blue = 0] = css.match(/\d+/g)?.map(Number) ?? []
  return [red, green, blue] as const
}

/** A colour in both themes. */
function inThemes(css: string) {
  const [light = css, dark = light] = css.match(/rgb\([^)]*\)/g) ?? []
  return { light, dark }
}

const colours = [...Array.from({ length: 240 }, (_, at) => at + 16), '#ffff00', '#00008b', '#ffffff', '#000000']

test.each(colours)('%s is legible in both themes', (fg) => {
  const { light, dark } = inThemes(cssColours({ fg }).color ?? '')
  expect(contrast(rgb(light), backgrounds.light)).toBeGreaterThanOrEqual(4.5)
  expect(contrast(rgb(dark), backgrounds.dark)).toBeGreaterThanOrEqual(4.5)
})

test.each(colours)('text of any colour is legible on %s', (bg) => {
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
