import { type Command, Option } from 'commander'
import { findAgentId, oneCompany } from '@/cli/find'
import { jsonObjectOption } from '@/cli/json-option'
import { printJson, printLine } from '@/cli/print'
import { withServer } from '@/cli/session'
import { type PauseRuns, pauseRuns } from '@/server/domain/agent-status'

const whichAgent = 'its id, or its name if no other agent has it'

type JsonObject = ReturnType<typeof jsonObjectOption>
type Create = { name: string; adapter: string; config: JsonObject; runtimeConfig?: JsonObject }

const createExample = `
Examples:
  $ reveille agent create --company Acme --name Echo --adapter process --config '{"command":"echo","args":["hello"]}'
  $ reveille agent create --company Acme --name Watch --adapter process --config @watch.json \\
      --runtime-config '{"heartbeat":{"intervalSec":300}}'`

const changes = {
  resume: { description: 'let a paused agent run again', done: 'Resumed' },
  terminate: { description: 'end an agent for good and cancel its runs', done: 'Terminated' },
} as const

export function addAgent(program: Command): void {
  const agent = program
    .command('agent')
    .description('make, pause, resume and terminate agents')
    .addHelpText('after', '\nExample:\n  $ reveille agent pause Echo')
  agent
    .command('create')
    .description('make an agent in the company that --company names')
    .requiredOption('--name <name>', 'what it is called')
    .requiredOption('--adapter <type>', 'how it is run, such as process')
    .requiredOption('--config <json>', 'what the adapter needs: JSON, or @FILE', jsonObjectOption)
    .option('--runtime-config <json>', 'its heartbeat policy: JSON, or @FILE', jsonObjectOption)
    .addHelpText('after', createExample)
    .action(
      withServer<Create>(async (session, options) => {
        const made = await session.api.agent.create.mutate({
          companyId: (await oneCompany(session)).id,
          name: options.name,
          adapterType: options.adapter,
          adapterConfig: options.config,
          runtimeConfig: options.runtimeConfig,
        })
        if (session.json) return void printJson(made)
        printLine(`Created agent ${made.name}  ${made.id}`)
      }),
    )
  addPause(agent)
  for (const verb of ['resume', 'terminate'] as const) addChange(agent, verb)
}

const paused = {
  cancel: 'Its runs are cancelled.',
  finish: 'Its runs go on; queued ones wait for the resume.',
} as const

function addPause(agent: Command): void {
  agent
    .command('pause')
    .description('pause an agent, and cancel its runs or let them finish')
    .argument('<agent>', whichAgent)
    .option('--reason <text>', 'why, for those who look later')
    .addOption(new Option('--runs <what>', 'what becomes of its runs').choices(pauseRuns).default('cancel'))
    .addHelpText('after', '\nExample:\n  $ reveille agent pause Echo --runs finish')
    .action(
      withServer<{ reason?: string; runs: PauseRuns }>(async (session, { reason, runs }, given = '') => {
        const agentId = await findAgentId(session, given)
        const changed = await session.api.agent.pause.mutate({ agentId, reason, runs })
        if (session.json) return void printJson(changed)
        printLine(`Paused agent ${changed.name}  ${changed.id}`)
        printLine(paused[runs])
      }),
    )
}

function addChange(agent: Command, verb: keyof typeof changes): void {
  agent
    .command(verb)
    .description(changes[verb].description)
    .argument('<agent>', whichAgent)
    .option('--reason <text>', 'why, for those who look later')
    .addHelpText('after', `\nExample:\n  $ reveille agent ${verb} Echo`)
    .action(
      withServer<{ reason?: string }>(async (session, { reason }, given = '') => {
        const agentId = await findAgentId(session, given)
        const changed = await session.api.agent[verb].mutate({ agentId, reason })
        if (session.json) return void printJson(changed)
        printLine(`${changes[verb].done} agent ${changed.name}  ${changed.id}`)
      }),
    )
}
