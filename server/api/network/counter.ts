/** Counts, per key, what has entered and not left yet. */
export function createCounter<Key>() {
  const counts = new Map<Key, number>()
  return {
    count: (key: Key) => counts.get(key) ?? 0,
    /** Returns the function that leaves; further calls of it do nothing. */
    enter(key: Key): () => void {
      counts.set(key, (counts.get(key) ?? 0) + 1)
      let isIn = true
      return () => {
        if (!isIn) return
        isIn = false
        const left = (counts.get(key) ?? 1) - 1
        if (left > 0) counts.set(key, left)
        else counts.delete(key)
      }
    },
  }
}
