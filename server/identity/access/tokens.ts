import { createHash, randomBytes } from 'node:crypto'

/** 256 random bits cannot be guessed, so a plain hash is enough to store them. */
export function newToken(prefix: string): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`
}

/** The stored form of a token: a lookup by hash takes the same time whatever the guess. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
