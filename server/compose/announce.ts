import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RawSql } from '@/db/client'
import { createSignInLink, hasPeople } from '@/server/identity/access/sign-in'
import type { Env } from '@/server/platform/env'

/** The lines on stdout that people and programs wait for; and where the command line finds this server. */
export async function announce(options: { env: Env; url: string; publicUrl: string; sql: RawSql }): Promise<void> {
  const { env, url, publicUrl, sql } = options
  writeFileSync(join(env.dataDir, 'server.json'), `${JSON.stringify({ url, publicUrl, pid: process.pid })}\n`)
  const isFirst = env.role !== 'runner' && !(await hasPeople(sql))
  const link = isFirst ? await createSignInLink(sql, env.publicUrl ?? url) : null
  process.stdout.write(`reveille ready ${url}\n`)
  if (link) process.stdout.write(`reveille sign-in ${link}\n`)
}
