import { randomUUID } from 'node:crypto'
import type { RawSql } from '@/db/client'
import { storeIdOf } from '@/server/logs/log-stores'

/** Some log in a server's folder is given up, as retention does it: that server is to remove it. */
export async function giveUpLog(sql: RawSql, dataDir: string): Promise<void> {
  await sql`insert into log_removals (run_id, store_id) values (${randomUUID()}, ${storeIdOf(dataDir)})`
}

/** How many logs were given up and are not removed yet. */
export async function keptThoughGivenUp(sql: RawSql): Promise<number> {
  return (await sql`select from log_removals`).length
}
