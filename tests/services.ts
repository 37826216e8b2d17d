import type { Database } from '@/db/client'
import { createGuard } from '@/server/api/network/guard'
import { createLimits } from '@/server/api/network/limits'
import type { Services } from '@/server/api/trpc/context'
import { createReauthorizer } from '@/server/identity/access/reauthorize'
import { createFeed } from '@/server/live/feed'
import { createNotifier } from '@/server/live/notifier'
import { createLogStores } from '@/server/logs/log-stores'
import { createRunLogs } from '@/server/logs/run-logs'
import { secretKey, silent } from './engine'

/** The parts of a server that procedures work with, on a real database and without the network. */
export function testServices(database: Database, dataDir: string): Services {
  const { sql } = database
  const limits = createLimits()
  const publicUrl = 'http://127.0.0.1:3000'
  return {
    database,
    access: { sql, secretKey, operatorToken: undefined },
    publicUrl,
    runner: null,
    notifier: createNotifier({ sql, group: 'test', hasOthers: () => false, toSibling: () => {}, log: silent }),
    feed: createFeed(sql, silent),
    logs: createRunLogs(sql, { stores: createLogStores({ dataDir, maxBytes: 1000 }), archived: null, remotes: null }),
    log: silent,
    wakeBounds: { maxDepth: 10, perHour: 1000 },
    limits,
    reauthorizer: createReauthorizer({ sql, log: silent }),
    guard: createGuard({ host: '127.0.0.1', publicUrl, allowedHosts: [], trustedProxies: [], limits }),
  }
}
