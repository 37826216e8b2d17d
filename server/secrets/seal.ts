import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const version = 'v1'

/** AES-256-GCM with a key derived from REVEILLE_SECRET_KEY; bound to its company and name, so that rows cannot be swapped. */
export function seal(secretKey: Buffer, owner: { companyId: string; name: string }, value: string): string {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', sealingKey(secretKey), iv).setAAD(boundTo(owner))
  const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()])
  return [version, ...[iv, cipher.getAuthTag(), sealed].map((part) => part.toString('base64url'))].join('.')
}

/** Returns the value. Throws when the key, the company, the name or the text is not the original one. */
export function unseal(secretKey: Buffer, owner: { companyId: string; name: string }, text: string): string {
  const [, iv, tag, sealed] = text.split('.').map((part) => Buffer.from(part, 'base64url'))
  if (!iv || !tag || !sealed) throw new Error('not a sealed value')
  const decipher = createDecipheriv('aes-256-gcm', sealingKey(secretKey), iv).setAAD(boundTo(owner)).setAuthTag(tag)
  return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8')
}

function sealingKey(secretKey: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secretKey, '', 'reveille company secrets', 32))
}

function boundTo({ companyId, name }: { companyId: string; name: string }): Buffer {
  return Buffer.from(`${companyId}/${name}`)
}
