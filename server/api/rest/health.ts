import type { ServerResponse } from 'node:http'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Database, RawSql } from '@/db/client'
import { thisRelease } from '@/db/release'
import { readReadiness } from '@/server/api/system/readiness'
import { systemStatus } from '@/server/api/system/status'
import { sendJson } from './respond'

/** 200 with the release while the process is alive, whatever the state of the database. */
export function getHealth(response: ServerResponse): void {
  sendJson(response, 200, { ok: true, ...thisRelease() })
}

/** 200 if the server can take work, else 503 with the reason. */
export async function getReady(
  { database, isStopping }: { database: Database; isStopping(): boolean },
  response: ServerResponse,
): Promise<void> {
  const readiness = await readReadiness(database.sql, isStopping)
  sendJson(response, readiness.ready ? 200 : 503, readiness)
}

/** Prometheus text: this process, the queue and the servers. */
export function createMetrics(sql: RawSql): (response: ServerResponse) => Promise<void> {
  const register = new Registry()
  collectDefaultMetrics({ register })
  const runs = new Gauge({
    name: 'reveille_runs',
    help: 'Live runs by status',
    labelNames: ['status'],
    registers: [register],
  })
  const oldest = new Gauge({
    name: 'reveille_queue_oldest_seconds',
    help: 'Age of the oldest queued run',
    registers: [register],
  })
  const servers = new Gauge({ name: 'reveille_servers', help: 'Live servers', registers: [register] })
  return async (response) => {
    const status = await systemStatus(sql)
    runs.set({ status: 'queued' }, status.queue.queued)
    runs.set({ status: 'running' }, status.queue.running)
    const { oldestQueuedAt } = status.queue
    oldest.set(oldestQueuedAt ? (Date.now() - oldestQueuedAt.getTime()) / 1000 : 0)
    servers.set(status.servers.length)
    response.writeHead(200, { 'content-type': register.contentType })
    response.end(await register.metrics())
  }
}
