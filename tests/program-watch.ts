import { hasProc, isAlive, listPids, readProc, startedTicksOf } from '@/server/processes/process-table'

type Program = { pid: number; ticks: string | null; agentId: string; runId: string }

/**
 * Watches the programs of a company whose agents run one thing at a time, by pid: whether two runs of one agent are ever
 * alive at one moment. Sees nothing where there is no /proc.
 */
export function watchPrograms(companyId: string) {
  const overlaps = new Map<string, string>()
  const runsOf = new Map<string, Set<string>>()
  let looks = 0
  let isOver = false

  function look() {
    looks += 1
    const programs = (hasProc ? listPids() : []).flatMap((pid) => programOf(pid, companyId) ?? [])
    for (const { agentId, runId } of programs) {
      const runs = runsOf.get(agentId) ?? new Set()
      runsOf.set(agentId, runs.add(runId))
    }
    for (const one of programs) {
      const other = programs.find(({ agentId, runId }) => agentId === one.agentId && runId > one.runId)
      // Each was seen before either is looked at again: what is alive now was alive together.
      if (!other || !isStill(one) || !isStill(other)) continue
      overlaps.set(
        `${one.runId} ${other.runId}`,
        `runs ${one.runId} (pid ${one.pid}) and ${other.runId} (pid ${other.pid})`,
      )
    }
  }
  const watching = (async () => {
    for (; !isOver; await new Promise((resolve) => setTimeout(resolve, 20))) look()
  })()
  return {
    /** The runs of which two were alive at once. */
    overlaps: () => [...overlaps.values()],
    wasSeen: (runId: string) => [...runsOf.values()].some((runs) => runs.has(runId)),
    /** How many runs of the agent were seen alive. */
    runsSeen: (agentId: string) => runsOf.get(agentId)?.size ?? 0,
    looks: () => looks,
    async stop() {
      isOver = true
      await watching
    },
  }
}

function programOf(pid: number, companyId: string): Program | null {
  const environ = readProc(`/proc/${pid}/environ`)
  if (typeof environ !== 'string' || variableOf(environ, 'REVEILLE_COMPANY_ID') !== companyId) return null
  const [agentId, runId] = ['REVEILLE_AGENT_ID', 'REVEILLE_RUN_ID'].map((name) => variableOf(environ, name))
  return agentId && runId ? { pid, ticks: startedTicksOf(pid), agentId, runId } : null
}

function variableOf(environ: string, name: string): string | undefined {
  const entry = environ.split('\0').find((text) => text.startsWith(`${name}=`))
  return entry?.slice(name.length + 1)
}

function isStill({ pid, ticks }: Program): boolean {
  return isAlive(pid) && startedTicksOf(pid) === ticks
}
