import { and, eq, isNotNull, isNull } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { now } from '@/db/expressions'
import { servers } from '@/db/schema'
import { isAlive, startedTicksOf } from '@/server/processes/process-table'

/**
 * Marks the servers of this machine as lost whose runner is dead, whatever their rows say: nobody has to wait for them.
 * A runner is known by pid and start time, for pids are used again.
 */
export async function declareDeadRunners(sql: RawSql, machine: string): Promise<void> {
  const runners = await drizzleOn(sql)
    .select({ id: servers.id, pid: servers.runnerPid, startedTicks: servers.runnerStartedTicks })
    .from(servers)
    .where(and(isNull(servers.endedAt), eq(servers.machine, machine), isNotNull(servers.runnerPid)))
  for (const { id, pid, startedTicks } of runners) {
    if (pid !== null && isGone(pid, startedTicks)) await declareDead(sql, id)
  }
}

/** Marks one server as lost at once: its runner was seen to die. */
export async function declareDead(sql: RawSql, serverId: string): Promise<void> {
  await drizzleOn(sql)
    .update(servers)
    .set({ endedAt: now(), lost: true })
    .where(and(eq(servers.id, serverId), isNull(servers.endedAt)))
}

function isGone(pid: number, startedTicks: string | null): boolean {
  if (!isAlive(pid)) return true
  return startedTicks !== null && startedTicksOf(pid) !== startedTicks
}
