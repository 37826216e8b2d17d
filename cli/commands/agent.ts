import { type Command, Option } from 'commander'
import { findAgentId, oneCompany } from '@/cli/find'
import { jsonObjectOption } from '@/cli/json-option'
import { printJson, printLine } from '@/cli/print'
import { withServer } from '@/cli/session'
import { type PauseRuns, pauseRuns } from '@/server/domain/agent-status'

const agentArgument = 'the id of the agent, or its name if no other agent has it'

type JsonObject = ReturnType<typeof jsonObjectOption>
type Create = { name: string; adapter: string; config: JsonObject; runtimeConfig?: JsonObject }

const createExample = `
Examples:
  $ reveille agent create --company Acme --name Echo --adapter process --config '{"command":"echo","args":["hello"]}'
  $ reveille agent create --company Acme --name Watch --adapter process --config @watch.json \\
      --runtime-config '{"heartbeat":{"intervalSec":300}}'`

const changes = {
  resume: { description: 'resume a paused agent', done: 'Resumed' },
  terminate: { description: 'terminate an agent for good, and cancel its runs', done: 'Terminated' },
} as const

export function addAgent(program: Command): void {
  const agent = program
    .command('agent')
    .description('create, pause, resume and terminate agents')
    .addHelpText('after', '\nExample:\n  $ reveille agent pause Echo')
  agent
    .command('create')
    .description('create an agent in the company given by --company')
    .requiredOption('--name <name>', 'the name of the agent')
    .requiredOption('--adapter <type>', 'the adapter type, such as process')
    .requiredOption('--config <json>', 'the config of the adapter: JSON, or @FILE', jsonObjectOption)
    .option('--runtime-config <json>', 'runtime config with the heartbeat policy: JSON, or @FILE', jsonObjectOption)
    .addHelpText('after', createExample)
    .action(
      withServer<Create>(async (session, options) => {
        const created = await session.api.agent.create.mutate({
          companyId: (await oneCompany(session)).id,
          name: options.name,
          adapterType: options.adapter,
          adapterConfig: options.config,
          runtimeConfig: options.runtimeConfig,
        })
        if (session.json) return void printJson(created)
        printLine(`Created agent ${created.name}  ${created.id}`)
      }),
    )
  addPause(agent)
  for (const verb of ['resume', 'terminate'] as const) addChange(agent, verb)
}

const runsAfterPause = {
  cancel: 'Its runs are cancelled.',
  finish: 'Its running runs continue. Queued runs wait until the agent is resumed.',
} as const

function addPause(agent: Command): void {
  agent
    .command('pause')
    .description('pause an agent, and cancel its runs or let them finish')
    .argument('<agent>', agentArgument)
    .option('--reason <text>', 'the reason, for the record')
    .addOption(new Option('--runs <what>', 'what happens to its runs').choices(pauseRuns).default('cancel'))
    .addHelpText('after', '\nExample:\n  $ reveille agent pause Echo --runs finish')
    .action(
      withServer<{ reason?: string; runs: PauseRuns }>(async (session, { reason, runs }, given = '') => {
        const agentId = await findAgentId(session, given)
        const changed = await session.api.agent.pause.mutate({ agentId, reason, runs })
        if (session.json) return void printJson(changed)
        printLine(`Paused agent ${changed.name}  ${changed.id}`)
        printLine(runsAfterPause[runs])
      }),
    )
}

function addChange(agent: Command, verb: keyof typeof changes): void {
  agent
    .command(verb)
    .description(changes[verb].description)
    .argument('<agent>', agentArgument)
    .option('--reason <text>', 'the reason, for the record')
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
