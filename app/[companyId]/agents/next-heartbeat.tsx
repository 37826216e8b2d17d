import { Until } from '@/app/_time/times'
import type { Agent } from '@/app/_trpc/client'

type Timed = Pick<Agent, 'status' | 'nextHeartbeatAt' | 'timerEnded'>

/** When the timer fires next. A paused agent's timer does not fire. */
export function NextHeartbeat({ agent }: { agent: Timed }) {
  if (agent.status === 'paused' || agent.status === 'terminated') return <span className="text-faint">–</span>
  if (agent.timerEnded) return <span className="text-faint">schedule ended</span>
  if (agent.nextHeartbeatAt === null) return <span className="text-faint">no timer</span>
  return <Until at={agent.nextHeartbeatAt} />
}
