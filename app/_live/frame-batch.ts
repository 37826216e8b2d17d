import type { Patch } from './patches'

/** When what was gathered is carried out: with the next frame, or soon where a hidden page draws none. */
export type Later = (work: () => void) => () => void

/**
 * Gathers patches and hands them over once per frame, each row and each list once: a burst of events is one change of
 * the page. Rows keep the order in which they first changed; later fields win.
 */
export function createFrameBatch(apply: (patches: Patch[]) => void, later: Later = nextFrame) {
  const waiting = new Map<string, Patch>()
  let cancel: (() => void) | null = null

  function flush() {
    cancel = null
    const patches = [...waiting.values()]
    waiting.clear()
    apply(patches)
  }

  return {
    add(patches: readonly Patch[]) {
      for (const patch of patches) waiting.set(keyOf(patch), merged(waiting.get(keyOf(patch)), patch))
      if (waiting.size > 0) cancel ??= later(flush)
    },
    stop() {
      cancel?.()
      cancel = null
      waiting.clear()
    },
  }
}

function keyOf(patch: Patch): string {
  switch (patch.kind) {
    case 'reset':
      return 'reset'
    case 'stale':
      return `stale ${patch.list}`
    case 'run':
    case 'agent':
    case 'wakeup':
      return `${patch.kind} ${patch.id}`
  }
}

function merged(before: Patch | undefined, patch: Patch): Patch {
  if (before?.kind === 'run' && patch.kind === 'run') return { ...patch, fields: { ...before.fields, ...patch.fields } }
  if (before?.kind === 'agent' && patch.kind === 'agent') {
    return { ...patch, fields: { ...before.fields, ...patch.fields } }
  }
  if (before?.kind === 'wakeup' && patch.kind === 'wakeup') {
    return { ...patch, fields: { ...before.fields, ...patch.fields } }
  }
  return patch
}

const hiddenMs = 250

function nextFrame(work: () => void): () => void {
  if (document.hidden) {
    const timer = setTimeout(work, hiddenMs)
    return () => clearTimeout(timer)
  }
  const frame = requestAnimationFrame(work)
  return () => cancelAnimationFrame(frame)
}
