import { Command } from 'commander'
import { thisRelease } from '@/db/release'
import { addAgent } from './commands/agent'
import { addAgents } from './commands/agents'
import { addCancel } from './commands/cancel'
import { addCompanies } from './commands/companies'
import { addCompletion } from './commands/completion'
import { addEvents } from './commands/events'
import { addLogs } from './commands/logs'
import { addRuns } from './commands/runs'
import { addSignInLink } from './commands/sign-in-link'
import { addStart } from './commands/start'
import { addWake } from './commands/wake'

const exitCodesHelp = `
Exit codes: 0 done, 1 failed, 2 wrong usage.

Examples:
  $ reveille agents
  $ reveille wake Echo --reason "a look at the queue" --follow
  $ reveille runs --status failed --json`

/** Without a command it prints the help; wrong usage is a CommanderError. */
export function createProgram(): Command {
  const program = new HelpfulCommand('reveille')
  program
    .description('Wakes AI agents, runs them, and lets you watch.')
    .exitOverride()
    .showHelpAfterError('(--help says more)')
    .version(versionOf(), '-V, --version', 'print the version, and the schema that its servers bring a database to')
    .option('--url <url>', 'the server; also REVEILLE_URL. Else the one that runs on the data directory')
    .option('--token <token>', 'who you are; also REVEILLE_TOKEN')
    .option('--company <company>', 'only this company, by id or name')
    .option('--json', 'print JSON: one document, or one line for each item of a stream')
    .addHelpText('after', exitCodesHelp)
  addStart(program)
  addCompanies(program)
  addAgents(program)
  addAgent(program)
  addSignInLink(program)
  addWake(program)
  addRuns(program)
  addLogs(program)
  addCancel(program)
  addEvents(program)
  addCompletion(program)
  return program
}

/** Asking for nothing is no error: commander would print the help on stderr and fail. */
class HelpfulCommand extends Command {
  override createCommand(name?: string): Command {
    return new HelpfulCommand(name)
  }
  override help(): never {
    return super.help({ error: false }) as never
  }
}

function versionOf(): string {
  const { version, schema } = thisRelease()
  return `${version} (schema ${schema.newest}, ${schema.migrations} migrations)`
}
