import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server'
import type { AppRouter } from '@/server/api/routers/app-router'
import type { RunStatus } from '@/server/domain/run-status'
import { finalRunStatuses } from '@/server/domain/run-status'
import type { TestClient } from './client'
import { eventually, hangMs } from './eventually'

export type Outputs = inferRouterOutputs<AppRouter>
export type WholeRun = Outputs['run']['get']
type Wish = Omit<inferRouterInputs<AppRouter>['wakeup']['create'], 'agentId'>

export type Program = {
  command: string
  args?: string[]
  cwd?: string
  env?: Record<string, string>
  graceSec?: number
}

/** A company of its own with one agent that runs `program`. */
export async function hireAgent(client: TestClient, program: Program, heartbeat: Record<string, unknown> = {}) {
  const company = await client.company.create.mutate({ name: `Company ${crypto.randomUUID()}` })
  const agent = await client.agent.create.mutate({
    companyId: company.id,
    name: 'Ada',
    adapterType: 'process',
    adapterConfig: { cwd: '/', ...program },
    runtimeConfig: { heartbeat },
  })
  return { companyId: company.id, agentId: agent.id }
}

/** A shell script as an agent's program. */
export function sh(script: string, ...args: string[]): Program {
  return { command: '/bin/sh', args: ['-c', script, 'sh', ...args] }
}

/** Wakes an agent that has nothing queued; answers the id of the run. */
export async function wake(client: TestClient, agentId: string, given: Wish = {}): Promise<string> {
  const { run } = await client.wakeup.create.mutate({ agentId, ...given })
  if (!run) throw new Error('the wakeup made no run')
  return run.id
}

/** The run, once it has one of these statuses. Fails when it has reached another final one. */
export async function runThatIs(
  client: TestClient,
  runId: string,
  statuses: RunStatus | readonly RunStatus[] = finalRunStatuses,
  withinMs = hangMs,
): Promise<WholeRun> {
  const wanted: readonly RunStatus[] = [statuses].flat()
  let last: WholeRun | undefined
  return await eventually(
    async () => {
      const run = await client.run.get.query({ runId })
      last = run
      if (wanted.includes(run.status)) return run
      if (finalRunStatuses.some((status) => status === run.status)) {
        throw new Error(`the run is ${run.status}, not ${wanted}: ${run.errorCode} ${run.error}`)
      }
      return null
    },
    `run ${runId} is ${wanted} (it is ${last?.status})`,
    withinMs,
  )
}

/** The run that took the place of a lost one, once it is there. */
export async function retryOf(client: TestClient, companyId: string, runId: string, withinMs = hangMs) {
  return await eventually(
    async () => {
      const { items } = await client.run.list.query({ companyId, limit: 200 })
      return items.find((run) => run.retryOfRunId === runId)
    },
    `a retry of ${runId}`,
    withinMs,
  )
}

type LogEntry = Outputs['run']['log']['entries'][number]

/** Follows a log over the socket. `entries` is what came so far, `done` resolves with the whole text at the run's end. */
export function followLog(client: TestClient, runId: string, offset = 0, tellsOwner = false) {
  const entries: LogEntry[] = []
  let leave = () => {}
  const done = new Promise<string>((resolve, reject) => {
    const subscription = client.run.onLog.subscribe(
      { runId, offset, tellsOwner },
      {
        onData: (message) => void entries.push(message.data),
        onError: reject,
        onComplete: () => resolve(text()),
      },
    )
    leave = () => subscription.unsubscribe()
  })
  done.catch(() => {})
  const text = () => entries.map((entry) => entry.chunk).join('')
  return { entries, done, text, leave }
}

/** Whether each entry begins where the one before it ended. */
export function isWhole(entries: LogEntry[], from = 0): boolean {
  return entries.every((entry, at) => entry.offset === (at === 0 ? from : entries[at - 1]?.nextOffset))
}
