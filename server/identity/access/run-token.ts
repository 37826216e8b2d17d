import { createHmac, timingSafeEqual } from 'node:crypto'

const prefix = 'rvr_'

/** The token of one run: signed, not stored, and valid only while its run is running, which `authenticate` checks. */
export function runToken(secretKey: Buffer, runId: string): string {
  return `${prefix}${runId}_${signature(secretKey, runId).toString('base64url')}`
}

/** The run that a token belongs to, or null when it was not signed with this key. */
export function readRunToken(secretKey: Buffer, token: string): string | null {
  const match = /^rvr_([0-9a-f-]{36})_([\w-]{43})$/.exec(token)
  if (!match?.[1] || !match[2]) return null
  const given = Buffer.from(match[2], 'base64url')
  const expected = signature(secretKey, match[1])
  return given.length === expected.length && timingSafeEqual(given, expected) ? match[1] : null
}

function signature(secretKey: Buffer, runId: string): Buffer {
  return createHmac('sha256', secretKey).update(`run-token ${runId}`).digest()
}
