/** Renders the first change after a pause at once, and those that follow together, at most every `everyMs` ms. */
export function createRenderThrottle(render: () => void, everyMs: number) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let renderedAt = Number.NEGATIVE_INFINITY
  return {
    schedule() {
      timer ??= setTimeout(
        () => {
          timer = undefined
          renderedAt = performance.now()
          render()
        },
        Math.max(0, renderedAt + everyMs - performance.now()),
      )
    },
    stop: () => clearTimeout(timer),
  }
}
