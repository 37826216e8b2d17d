import type { Command } from 'commander'
import type { Agent } from '@/cli/api'
import { agentsOf, chosenCompanies } from '@/cli/find'
import { type Column, printJson, printTable } from '@/cli/print'
import { withServer } from '@/cli/session'
import { formatTime } from '@/cli/time'
import { formatMicros } from '@/server/domain/money'

export function addAgents(program: Command): void {
  program
    .command('agents')
    .description('list the agents')
    .addHelpText('after', '\nExample:\n  $ reveille agents --company Acme')
    .action(
      withServer(async (session) => {
        const companies = await chosenCompanies(session)
        const agents = await agentsOf(session, companies)
        if (session.json) return void printJson(agents)
        const names = new Map(companies.map((company) => [company.id, company.name]))
        const company: Column<Agent> = { title: 'COMPANY', of: (agent) => names.get(agent.companyId) ?? '' }
        printTable(
          agents,
          [
            { title: 'ID', of: (agent) => agent.id },
            { title: 'STATUS', of: (agent) => agent.status, status: true },
            { title: 'ADAPTER', of: (agent) => agent.adapterType },
            { title: 'NEXT HEARTBEAT', of: nextHeartbeat },
            { title: 'SPENT', of: (agent) => formatMicros(agent.spentMonthlyMicros) },
            ...(companies.length > 1 ? [company] : []),
            { title: 'NAME', of: (agent) => agent.name },
          ],
          'No agents yet. Create one with `reveille agent create`.',
        )
      }),
    )
}

function nextHeartbeat({ timerEnded, nextHeartbeatAt }: Agent): string {
  return timerEnded ? 'schedule ended' : formatTime(nextHeartbeatAt)
}
