import type { Patch } from './patches'

/** Schedules the next flush, and returns the function that cancels it. */
export type Schedule = (work: () => void) => () => void

/**
 * Collects patches and applies them once per frame, each row and each list once, so that a burst of events renders once.
 * Rows keep the order in which they first changed; the latest value of a field wins.
 */
export function createFrameBatch(apply: (patches: Patch[]) => void, schedule: Schedule = onNextFrame) {
  const pending = new Map<string, Patch>()
  let cancel: (() => void) | null = null

  function flush() {
    cancel = null
    const patches = [...pending.values()]
    pending.clear()
    apply(patches)
  }

  return {
    add(patches: readonly Patch[]) {
      for (const patch of patches) pending.set(keyOf(patch), merged(pending.get(keyOf(patch)), patch))
      if (pending.size > 0) cancel ??= schedule(flush)
    },
    stop() {
      cancel?.()
      cancel = null
      pending.clear()
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

/** A hidden page has no frames: a timer stands in. */
function onNextFrame(work: () => void): () => void {
  if (document.hidden) {
    const timer = setTimeout(work, hiddenMs)
    return () => clearTimeout(timer)
  }
  const frame = requestAnimationFrame(work)
  return () => cancelAnimationFrame(frame)
}
