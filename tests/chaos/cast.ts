import { fixtureCommand } from '@/server/processes/fixtures/run-fixture'
import type { TestClient } from '@/tests/client'
import { type Program, sh } from '@/tests/scene'

/** Agents of every kind of misbehaviour. */
const programs: Record<string, Program & { timeoutSec?: number }> = {
  quick: { command: '/bin/echo', args: ['hi'] },
  slow: sh('echo begun; sleep 2; echo ended'),
  chatty: fixtureCommand('chatty.mjs', '3000'),
  multibyte: fixtureCommand('multibyte.mjs'),
  failing: sh('echo no >&2; exit 3'),
  crashing: fixtureCommand('crashing.sh'),
  endless: { ...sh('while :; do date; sleep 0.05; done'), timeoutSec: 6 },
  stubborn: { ...fixtureCommand('stubborn.sh'), timeoutSec: 4, graceSec: 1 },
  forking: fixtureCommand('forking.sh', 'leave', 'quiet'),
  escaping: { ...fixtureCommand('escaping.mjs', 'wait', 'quiet'), timeoutSec: 3, graceSec: 1 },
  outliving: { ...fixtureCommand('outliving.sh'), timeoutSec: 3, graceSec: 1 },
}

export type Cast = { companyId: string; agentIds: string[] }

export async function hireCast(client: TestClient): Promise<Cast> {
  const company = await client.company.create.mutate({ name: 'Chaos' })
  const agentIds: string[] = []
  for (const [name, program] of Object.entries(programs)) {
    const agent = await client.agent.create.mutate({
      companyId: company.id,
      name,
      adapterType: 'process',
      adapterConfig: { cwd: '/', ...program },
      runtimeConfig: { heartbeat: { retryOnRunnerLost: 3 } },
    })
    agentIds.push(agent.id)
  }
  return { companyId: company.id, agentIds }
}
