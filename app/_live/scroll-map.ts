/** A browser draws no element much higher than this. */
const highestPx = 8_000_000

export type ScrollMap = ReturnType<typeof createScrollMap>

/**
 * Lets a box of bounded height stand for one of any height, which may turn out higher or lower on the way. Small steps
 * move by as many pixels as the person scrolled, long ones (the bar was dragged) by their share of the whole. `top` is in
 * pixels of the whole.
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
    /** How far the end is below. */
    rest: () => mostTop() - top,
    resize(whole: number, view: number): void {
      wholePx = whole
      viewPx = view
    },
    /** The whole is looked at from here, wherever the box stands. Answers where that is. */
    moveTo(to: number): number {
      top = within(to)
      return top
    },
    /** The box was scrolled to here; answers false where it stood there. */
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
    /** Where the box should stand for its bar to tell the truth; null where it is near enough. */
    settle(): number | null {
      const right = mostTop() === 0 ? 0 : Math.round((top / mostTop()) * mostScroll())
      if (Math.abs(right - scrollTop) < 2) return null
      scrollTop = right
      return right
    },
    /** Whether the box has come to an end where the whole goes on. */
    isStuck: () => (scrollTop <= 0 && top > 0) || (scrollTop >= mostScroll() - 1 && top < mostTop()),
  }
}
