/** Local time, to the second: 2026-11-22 16:43:10. */
export function formatTime(iso: string | null): string {
  return iso === null ? '' : new Date(iso).toLocaleString('sv-SE')
}

/** 0.4s, 42s, 1m 04s, 2h 05m. Without an end, the duration until now. */
export function formatDuration(from: string | null, to: string | null): string {
  if (from === null) return ''
  const ms = Math.max(0, (to === null ? Date.now() : Date.parse(to)) - Date.parse(from))
  const seconds = Math.floor(ms / 1000)
  if (seconds < 10) return `${(ms / 1000).toFixed(1)}s`
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`
  return `${Math.floor(seconds / 3600)}h ${two(Math.floor((seconds % 3600) / 60))}m`
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
