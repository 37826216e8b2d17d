import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Run } from '@/cli/api'
import { chosenCompanies, findAgentId } from '@/cli/find'
import { printJson, printTable } from '@/cli/print'
import { type Session, withServer } from '@/cli/session'
import { formatDuration, formatTime } from '@/cli/time'
import { type RunStatus, runStatuses } from '@/server/domain/run-status'

type Options = { agent?: string; status?: RunStatus; limit: number }

const mostRuns = 200

export function addRuns(program: Command): void {
  program
    .command('runs')
    .description('list the latest runs, newest first')
    .option('--agent <agent>', 'only runs of this agent, by id or name')
    .addOption(new Option('--status <status>', 'only runs in this status').choices(runStatuses))
    .option('--limit <number>', `the number of runs, at most ${mostRuns}`, limitOption, 50)
    .addHelpText('after', '\nExample:\n  $ reveille runs --agent Echo --status failed')
    .action(
      withServer<Options>(async (session, options) => {
        const runs = await latestRuns(session, options)
        if (session.json) return void printJson(runs)
        const names = await namesOf(session, runs)
        printTable(
          runs,
          [
            { title: 'ID', of: (run) => run.id },
            { title: 'STATUS', of: (run) => run.status, status: true },
            { title: 'AGENT', of: (run) => names.get(run.agentId) ?? run.agentId },
            { title: 'SOURCE', of: (run) => run.invocationSource },
            { title: 'CREATED', of: (run) => formatTime(run.createdAt) },
            { title: 'TOOK', of: (run) => formatDuration(run.startedAt, run.finishedAt) },
            { title: 'ERROR', of: (run) => run.error ?? '' },
          ],
          'No matching runs.',
        )
      }),
    )
}

async function latestRuns(session: Session, { agent, status, limit }: Options): Promise<Run[]> {
  const { api } = session
  if (agent !== undefined) {
    const agentId = await findAgentId(session, agent)
    const { companyId } = await api.agent.get.query({ agentId })
    return (await api.run.list.query({ companyId, agentId, status, limit })).items
  }
  const companies = await chosenCompanies(session)
  const lists = await Promise.all(companies.map(({ id }) => api.run.list.query({ companyId: id, status, limit })))
  const newestFirst = (a: Run, b: Run) => b.createdAt.localeCompare(a.createdAt)
  return lists
    .flatMap((list) => list.items)
    .sort(newestFirst)
    .slice(0, limit)
}

async function namesOf({ api }: Session, runs: Run[]): Promise<Map<string, string>> {
  const ids = [...new Set(runs.map((run) => run.agentId))]
  const agents = await Promise.all(ids.map((agentId) => api.agent.get.query({ agentId })))
  return new Map(agents.map((agent) => [agent.id, agent.name]))
}

function limitOption(given: string): number {
  const limit = Number(given)
  if (Number.isInteger(limit) && limit >= 1 && limit <= mostRuns) return limit
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${mostRuns}.`)
}
