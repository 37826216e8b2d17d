import type { RawSql } from '@/db/client'
import { isLoopbackName } from '@/server/api/network/hosts'
import { StartupError } from '@/server/domain/startup-error'
import { hasPeople } from '@/server/identity/access/sign-in'
import type { Env } from '@/server/platform/env'

/** A server that other machines can reach needs an account first: otherwise the first reader of the sign-in link owns it. */
export async function refusePublicBind(env: Pick<Env, 'host' | 'role' | 'token'>, sql: RawSql): Promise<void> {
  if (env.role === 'runner' || env.token !== undefined || isLoopbackName(env.host) || (await hasPeople(sql))) return
  throw new StartupError(
    `HOST ${env.host} can be reached from other machines, and nobody has an account here yet. Set REVEILLE_TOKEN to a ` +
      'secret of at least 16 characters, or start once with HOST=127.0.0.1 and open the sign-in link that it prints.',
  )
}
