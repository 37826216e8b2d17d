/**
 * When what came is drawn: the first after a pause at once, what follows together every `everyMs` ms. Nobody waits for
 * one line, and a flood of them costs no more than so many drawings.
 */
export function createRenderThrottle(draw: () => void, everyMs: number) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let drawnAt = Number.NEGATIVE_INFINITY
  return {
    soon() {
      timer ??= setTimeout(
        () => {
          timer = undefined
          drawnAt = performance.now()
          draw()
        },
        Math.max(0, drawnAt + everyMs - performance.now()),
      )
    },
    stop: () => clearTimeout(timer),
  }
}
