/** A browser draws no element much higher than this. */
const highestPx = 8_000_000

export type ScrollMap = ReturnType<typeof createScrollMap>

/**
 * Lets a box of bounded height stand for one of any height. Small steps move by as many pixels as the person scrolled,
 * long ones (the bar was dragged, Home, End) by their share of the whole. `top` is in pixels of the whole.
 */
export function createScrollMap() {
  let wholePx = 0
  let viewPx = 0
  let top = 0
  let scrollTop = 0
  const boxPx = () => Math.min(wholePx, highestPx)
  const most = () => ({ top: Math.max(0, wholePx - viewPx), scroll: Math.max(0, boxPx() - viewPx) })
  const placeOf = (at: number) => {
    const { top: mostTop, scroll } = most()
    return mostTop === 0 ? 0 : (at / mostTop) * scroll
  }

  return {
    boxPx,
    top: () => Math.min(top, most().top),
    resize(whole: number, view: number): void {
      wholePx = whole
      viewPx = view
    },
    /** The box was scrolled to here. */
    scrolled(to: number): void {
      const { top: mostTop, scroll } = most()
      const step = to - scrollTop
      scrollTop = to
      if (to <= 0) top = 0
      else if (to >= scroll - 1) top = mostTop
      else if (scroll === mostTop) top = to
      else if (Math.abs(step) <= viewPx * 1.5) top = Math.min(mostTop, Math.max(0, top + step))
      else top = (to / scroll) * mostTop
    },
    /** Goes to a place of the whole; answers where the box is to be scrolled. */
    go(to: number): number {
      top = Math.min(most().top, Math.max(0, to))
      scrollTop = Math.round(placeOf(top))
      return scrollTop
    },
    /** Where the box should stand for its bar to tell the truth; null where it is near enough. */
    settle(): number | null {
      const right = Math.round(placeOf(top))
      if (Math.abs(right - scrollTop) < 2) return null
      scrollTop = right
      return right
    },
  }
}
