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
  $ reveille wake Echo --reason "check the queue" --follow
  $ reveille runs --status failed --json`

/** Without a command, the program prints the help. Wrong usage is a CommanderError. */
export function createProgram(): Command {
  const program = new HelpfulCommand('reveille')
  program
    .description('Wakes AI agents, runs them, and lets you watch.')
    .exitOverride()
    .showHelpAfterError('(see --help)')
    .version(versionOf(), '-V, --version', 'print the version, and the database schema that it migrates to')
    .option('--url <url>', 'the address of the server; also REVEILLE_URL. Default: the server of the data directory')
    .option('--token <token>', 'the token to authenticate with; also REVEILLE_TOKEN')
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

/** Prints the help on stdout with exit code 0 if no command is given; commander would treat that as an error. */
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
