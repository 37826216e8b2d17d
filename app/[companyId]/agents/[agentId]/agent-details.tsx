'use client'

import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { Allowed } from '@/app/_access/allowed'
import { type Fact, Facts } from '@/app/_components/facts'
import { StatusMark } from '@/app/_components/status-mark'
import { Ago } from '@/app/_time/times'
import { type Agent, type Outputs, useTRPC } from '@/app/_trpc/client'
import { NextHeartbeat } from '@/app/[companyId]/agents/next-heartbeat'
import { formatMicros } from '@/server/domain/money'
import { runStatuses } from '@/server/domain/run-status'
import { AgentKeys } from './agent-keys'
import { ResetSession } from './reset-session'
import { TerminateAgent } from './terminate-agent'

const TimerPreview = dynamic(() =>
  import('@/app/[companyId]/agents/timer-preview').then((module) => module.TimerPreview),
)

type RuntimeState = Outputs['agent']['runtimeState']

export function AgentDetails({ companyId, agent }: { companyId: string; agent: Agent }) {
  const api = useTRPC()
  const { data: state } = useQuery(api.agent.runtimeState.queryOptions({ agentId: agent.id }))
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-6 px-4 py-4 sm:px-6 lg:px-5">
      {agent.statusReason && (
        <p className="border-paused border-l-2 pl-3 [overflow-wrap:anywhere]">{agent.statusReason}</p>
      )}
      {state?.lastError && <LastError companyId={companyId} state={state} />}
      <Facts facts={factsOf(companyId, agent, state)} />
      {agent.status !== 'terminated' && (
        <>
          <Allowed to="agent.keys">
            <AgentKeys agent={agent} />
          </Allowed>
          <Allowed to="agent.terminate">
            <TerminateAgent agent={agent} />
          </Allowed>
        </>
      )}
    </div>
  )
}

function LastError({ companyId, state }: { companyId: string; state: RuntimeState }) {
  const status = runStatuses.find((known) => known === state.lastRunStatus)
  return (
    <div className="border-failed border-l-2 pl-3">
      <p className="flex items-center justify-between gap-3">
        <span className="font-medium text-failed">Last run</span>
        {status && <StatusMark status={status} />}
      </p>
      <p className="[overflow-wrap:anywhere]">{state.lastError}</p>
      {state.lastRunId && (
        <Link href={`/${companyId}/runs/${state.lastRunId}`} className="text-accent hover:underline">
          Open the run
        </Link>
      )}
    </div>
  )
}

function factsOf(companyId: string, agent: Agent, state: RuntimeState | undefined): Fact[] {
  const { command, args, cwd, url } = agent.adapterConfig
  const commandLine = [command ?? url, ...(Array.isArray(args) ? args : [])].filter((part) => typeof part === 'string')
  return [
    { label: 'Adapter', value: agent.adapterType },
    commandLine.length > 0 && {
      label: 'Command',
      value: <code className="line-clamp-4 font-mono text-small whitespace-pre-wrap">{commandLine.join(' ')}</code>,
    },
    typeof cwd === 'string' && { label: 'Directory', value: <code className="font-mono text-small">{cwd}</code> },
    {
      label: 'Timer',
      value: <TimerPreview timer={agent.runtimeConfig.heartbeat} next={agent.nextHeartbeatAt} />,
    },
    { label: 'Next heartbeat', value: <NextHeartbeat agent={agent} /> },
    { label: 'Last heartbeat', value: <Ago at={agent.lastHeartbeatAt} none="never" /> },
    {
      label: 'Spent this month',
      value: (
        <>
          <Link href={`/${companyId}/agents/${agent.id}/costs`} className="hover:underline">
            {formatMicros(agent.spentMonthlyMicros)}
          </Link>
          {agent.budgetMonthlyMicros !== null && (
            <span className="text-muted"> of {formatMicros(agent.budgetMonthlyMicros)}</span>
          )}
        </>
      ),
    },
    state !== undefined &&
      state.totalCostMicros > 0 && { label: 'Spent in total', value: formatMicros(state.totalCostMicros) },
    typeof state?.sessionId === 'string' && {
      label: 'Session',
      value: (
        <span className="grid justify-items-start gap-1">
          <code className="text-small">{state.sessionId}</code>
          {agent.status !== 'terminated' && (
            <Allowed to="agent.resetSession">
              <ResetSession agent={agent} />
            </Allowed>
          )}
        </span>
      ),
    },
    { label: 'Created', value: <Ago at={agent.createdAt} /> },
    { label: 'Id', value: <code className="select-all text-small">{agent.id}</code> },
  ].filter((fact) => fact !== false)
}
