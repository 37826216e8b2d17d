import { createHash, randomBytes } from 'node:crypto'

/** 256 bits: too many to guess, so a plain hash keeps them. */
export function newToken(prefix: string): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`
}

/** What is stored of a token: a look-up by its hash takes the same time whatever the guess was. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
