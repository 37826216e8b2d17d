import type { WebSocket } from 'ws'
import type { Database, Executor } from '@/db/client'
import type { Guard } from '@/server/api/network/guard'
import type { Limits } from '@/server/api/network/limits'
import type { WakeBounds } from '@/server/engine/wakeups/agent-bounds'
import type { LocalRunner } from '@/server/engine/wakeups/request'
import type { Actor } from '@/server/identity/access/actor'
import type { AccessSettings } from '@/server/identity/access/authenticate'
import type { Reauthorizer } from '@/server/identity/access/reauthorize'
import type { Caller } from '@/server/identity/activity/audit-actor'
import type { Feed } from '@/server/live/feed'
import type { Notifier } from '@/server/live/notifier'
import type { RunLogs } from '@/server/logs/run-logs'
import type { Log } from '@/server/platform/logger'

/** The parts of the server that procedures use. */
export type Services = {
  database: Database
  access: AccessSettings
  /** The URL under which browsers reach the server, for links in invitations. */
  publicUrl: string
  notifier: Notifier
  /** The runner beside this server. */
  runner: LocalRunner | null
  feed: Feed
  logs: RunLogs
  log: Log
  wakeBounds: WakeBounds
  guard: Guard
  limits: Limits
  reauthorizer: Reauthorizer
}

export type Context = {
  services: Services
  /** Authenticates each call, also on a socket. During a subscription it is called again, with an executor. */
  actor(sql?: Executor): Promise<Actor | null>
  /** The address and user agent of the call, for the activity log. */
  caller?: Caller
  /** The socket that a subscription is sent through; null over HTTP. */
  socket: WebSocket | null
}
