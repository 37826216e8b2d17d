const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** Milliseconds → "0.42s", "9s", "1m 04s", "2h 03m", "3d 04h". */
export function formatDuration(ms: number, { whole = false } = {}): string {
  const given = Math.max(0, ms)
  if (!whole && given < 10 * secondMs) return `${(given / secondMs).toFixed(given < secondMs ? 2 : 1)}s`
  if (given < minuteMs) return `${Math.floor(given / secondMs)}s`
  if (given < hourMs) return pair(given, minuteMs, 'm', secondMs, 's')
  if (given < dayMs) return pair(given, hourMs, 'h', minuteMs, 'm')
  return pair(given, dayMs, 'd', hourMs, 'h')
}

function pair(ms: number, unitMs: number, unit: string, smallerMs: number, smaller: string): string {
  const rest = Math.floor((ms % unitMs) / smallerMs)
  return `${Math.floor(ms / unitMs)}${unit} ${String(rest).padStart(2, '0')}${smaller}`
}

/** Milliseconds → the largest unit: "4 s", "12 min", "3 h", "5 d". */
export function formatDistance(ms: number): string {
  const given = Math.abs(ms)
  if (given < minuteMs) return `${Math.floor(given / secondMs)} s`
  if (given < hourMs) return `${Math.floor(given / minuteMs)} min`
  if (given < 2 * dayMs) return `${Math.floor(given / hourMs)} h`
  return `${Math.floor(given / dayMs)} d`
}

/** "just now", "4 s ago", "12 min ago". Times in the future are "just now", because clocks differ a little. */
export function formatAgo(at: string, now: number): string {
  const ms = now - Date.parse(at)
  return ms < secondMs ? 'just now' : `${formatDistance(ms)} ago`
}

/** "in 12s", "in 1m 04s", or "due" from that time on. */
export function formatUntil(at: string, now: number): string {
  const ms = Date.parse(at) - now
  return ms <= 0 ? 'due' : `in ${formatDuration(Math.ceil(ms / secondMs) * secondMs, { whole: true })}`
}

/** An ISO time in the reader's time zone: "2026-11-22 14:03:09". */
export function formatExact(at: string): string {
  const date = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${formatClock(at)}`
}

/** The hours, minutes and seconds of an ISO time in the reader's time zone. */
export function formatClock(at: string): string {
  const date = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** Bytes → "512 B", "1.2 KiB", "3.4 MiB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const units = ['KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = -1
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`
}
