import type { RawSql } from '@/db/client'
import { isAlive } from '@/server/processes/process-table'

/** Watches every runner that holds runs: how long after its death the last of them has ended. */
export function watchRecoveries(sql: RawSql) {
  const diedAt = new Map<string, number>()
  const recoveriesMs: number[] = []
  let isOver = false

  async function look() {
    const holders = await sql<{ id: string; runnerPid: number }[]>`
      select distinct s.id, s.runner_pid from servers s join heartbeat_runs r on r.server_id = s.id
      where r.status = 'running'`
    const now = performance.now()
    for (const { id, runnerPid } of holders) {
      if (!diedAt.has(id) && !isAlive(runnerPid)) diedAt.set(id, now)
    }
    for (const [id, at] of diedAt) {
      if (holders.some((holder) => holder.id === id)) continue
      recoveriesMs.push(now - at)
      diedAt.delete(id)
    }
  }
  const watching = (async () => {
    while (!isOver) {
      await look().catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  })()
  return {
    async stop() {
      isOver = true
      await watching
      return recoveriesMs
    },
  }
}
