/** Browsers do not support elements that are much higher than this. */
const highestPx = 8_000_000

export type ScrollMap = ReturnType<typeof createScrollMap>

/**
 * Maps the scroll position of a box of bounded height to content of any height, whose height may change. Small steps move
 * by as many pixels as were scrolled; long ones, such as dragging the scroll bar, move by their share of the content.
 * `top` is in pixels of the content.
 */
export function createScrollMap() {
  let wholePx = 0
  let viewPx = 0
  let top = 0
  let scrollTop = 0
  const boxPx = () => Math.min(wholePx, highestPx)
  const mostTop = () => Math.max(0, wholePx - viewPx)
  const mostScroll = () => Math.max(0, boxPx() - viewPx)
  const within = (to: number) => Math.min(mostTop(), Math.max(0, to))
  const isSmall = (px: number) => Math.abs(px) <= viewPx * 1.5

  return {
    boxPx,
    top: () => top,
    /** How far below the view the end is. */
    rest: () => mostTop() - top,
    resize(whole: number, view: number): void {
      wholePx = whole
      viewPx = view
    },
    /** Moves the view, whatever the scroll position of the box. Returns the position within bounds. */
    moveTo(to: number): number {
      top = within(to)
      return top
    },
    /** Reports the scroll position of the box. Returns whether it has changed. */
    scrolled(to: number): boolean {
      const step = to - scrollTop
      if (Math.abs(step) < 1) return false
      scrollTop = to
      const isAtEdge = to <= 0 || to >= mostScroll() - 1
      const edge = to <= 0 ? 0 : mostTop()
      if (isAtEdge && (!isSmall(step) || isSmall(edge - top))) top = edge
      else if (isSmall(step)) top = within(top + step)
      else top = within((to / mostScroll()) * mostTop())
      return true
    },
    /** The scroll position at which the scroll bar matches the view; null if it is close enough. */
    settle(): number | null {
      const right = mostTop() === 0 ? 0 : Math.round((top / mostTop()) * mostScroll())
      if (Math.abs(right - scrollTop) < 2) return null
      scrollTop = right
      return right
    },
    /** Whether the box is scrolled to its end although the content continues. */
    isStuck: () => (scrollTop <= 0 && top > 0) || (scrollTop >= mostScroll() - 1 && top < mostTop()),
  }
}
