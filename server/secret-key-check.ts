import { createHmac, timingSafeEqual } from 'node:crypto'
import type { RawSql } from '@/db/client'
import { PlainError } from './domain/plain-error'

/** Servers that share a database share one key: the first leaves a mark of it, and another key is refused. */
export async function checkSecretKey(sql: RawSql, secretKey: Buffer): Promise<void> {
  const mark = createHmac('sha256', secretKey).update('reveille secret key').digest()
  await sql`insert into installation (id, secret_key_mark) values (true, ${mark.toString('hex')}) on conflict do nothing`
  const [row] = await sql<[{ secretKeyMark: string }]>`select secret_key_mark from installation`
  if (timingSafeEqual(Buffer.from(row.secretKeyMark, 'hex'), mark)) return
  throw new PlainError(
    'REVEILLE_SECRET_KEY is not the one this database was set up with: give this server the key of the others (secret.key in their data directory).',
  )
}
