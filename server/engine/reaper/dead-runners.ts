import { and, eq, isNotNull, isNull } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { now } from '@/db/expressions'
import { servers } from '@/db/schema'
import { isAlive, startedTicksOf } from '@/server/processes/process-table'

/**
 * Marks the workers of this machine as lost whose runner process is dead, without waiting for their leases. A runner is
 * identified by pid and start time, because pids are reused.
 */
export async function declareDeadRunners(sql: RawSql, machine: string): Promise<void> {
  const runners = await drizzleOn(sql)
    .select({ id: servers.id, pid: servers.runnerPid, startedTicks: servers.runnerStartedTicks })
    .from(servers)
    .where(and(isNull(servers.endedAt), eq(servers.machine, machine), isNotNull(servers.runnerPid)))
  for (const { id, pid, startedTicks } of runners) {
    if (pid !== null && hasDied(pid, startedTicks)) await declareDead(sql, id)
  }
}

/** Marks a worker as lost at once: its runner is known to be dead. */
export async function declareDead(sql: RawSql, workerId: string): Promise<void> {
  await drizzleOn(sql)
    .update(servers)
    .set({ endedAt: now(), lost: true })
    .where(and(eq(servers.id, workerId), isNull(servers.endedAt)))
}

function hasDied(pid: number, startedTicks: string | null): boolean {
  if (!isAlive(pid)) return true
  return startedTicks !== null && startedTicksOf(pid) !== startedTicks
}
