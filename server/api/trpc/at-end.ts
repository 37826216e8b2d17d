import type { WebSocket } from 'ws'

const releasesOf = new WeakMap<WebSocket, Set<() => void>>()

/**
 * Calls `release` once when a subscription ends: its client ended it, or its socket closed. tRPC does not abort the signal
 * of a subscription that it never began to read, such as a second one with the same id.
 */
export function atEnd(socket: WebSocket | null, signal: AbortSignal | undefined, release: () => void): () => void {
  const releases = socket ? releasesOfSocket(socket) : null
  const once = () => {
    releases?.delete(once)
    signal?.removeEventListener('abort', once)
    release()
  }
  releases?.add(once)
  signal?.addEventListener('abort', once)
  if (signal?.aborted || (socket && socket.readyState >= socket.CLOSING)) once()
  return once
}

function releasesOfSocket(socket: WebSocket): Set<() => void> {
  const known = releasesOf.get(socket)
  if (known) return known
  const releases = new Set<() => void>()
  releasesOf.set(socket, releases)
  socket.once('close', () => {
    for (const release of [...releases]) release()
  })
  return releases
}
