import type { ServerResponse } from 'node:http'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { RawSql } from '@/db/client'
import { readOnlyReason } from '@/db/read-only'
import { systemStatus } from '@/server/system/status'
import { sendJson } from './respond'

/** 200 when the database answers and can be written to (and so migrations are done: the router is not there before), else 503 and why. */
export async function getReady(sql: RawSql, response: ServerResponse): Promise<void> {
  try {
    const reason = await Promise.race([readOnlyReason(sql), after(2000)])
    if (reason) sendJson(response, 503, { ready: false, reason })
    else sendJson(response, 200, { ready: true })
  } catch {
    sendJson(response, 503, { ready: false, reason: 'The database does not answer.' })
  }
}

function after(ms: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error('no answer')), ms).unref()
  })
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
  const servers = new Gauge({ name: 'reveille_servers', help: 'Servers that live', registers: [register] })
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
