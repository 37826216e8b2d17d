import { createHmac, timingSafeEqual } from 'node:crypto'

const scheme = 'Reveille-Server'
const validMs = 30_000

/**
 * The `authorization` header with which one server of an installation sends another a request to `path` with `body`:
 * signed with their shared secret key, for this request only, and valid for 30 s.
 */
export function signRequest(secretKey: Buffer, path: string, body: string, now = Date.now()): string {
  const expiresAt = now + validMs
  return `${scheme} ${expiresAt}.${signature(secretKey, expiresAt, path, body).toString('base64url')}`
}

/** Whether a server with this key has signed this request in the last 30 s; the clocks may differ by another 30 s. */
export function isSigned(
  secretKey: Buffer,
  request: { authorization: string | undefined; path: string; body: string },
  now = Date.now(),
): boolean {
  const match = /^Reveille-Server (\d{13})\.([\w-]{43})$/.exec(request.authorization ?? '')
  if (!match?.[1] || !match[2]) return false
  const expiresAt = Number(match[1])
  if (expiresAt < now - validMs || expiresAt > now + 2 * validMs) return false
  const given = Buffer.from(match[2], 'base64url')
  const expected = signature(secretKey, expiresAt, request.path, request.body)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function signature(secretKey: Buffer, expiresAt: number, path: string, body: string): Buffer {
  const key = createHmac('sha256', secretKey).update('requests between servers').digest()
  return createHmac('sha256', key).update(`${expiresAt}\n${path}\n${body}`).digest()
}
