import type { Execution, Outcome } from '@/server/adapters/adapter'
import { executeProgram, type Program } from '@/server/adapters/program'
import type { ClaudeConfig } from './config'
import { type ClaudeReader, createClaudeReader } from './reading'
import { settleCharges } from './session'

/** Runs `claude --print` with the prompt on stdin; resolves once none of its processes is alive. */
export async function execute(execution: Execution<ClaudeConfig>): Promise<Outcome> {
  const readers: ClaudeReader[] = []
  const outcome = await executeProgram(programWith(readers), execution)
  const account = readers.at(-1)?.account()
  return account ? await settleCharges(outcome, account, execution) : outcome
}

/** Each attempt adds its reader to `readers`. */
function programWith(readers: ClaudeReader[]): Program<ClaudeConfig> {
  return {
    ...claude,
    createReader({ model }, emit, sessionId) {
      const reader = createClaudeReader(model ?? null, sessionId, emit)
      readers.push(reader)
      return reader
    },
  }
}

const claude: Omit<Program<ClaudeConfig>, 'createReader'> = {
  label: 'Claude Code',
  args: (config, sessionId) => [
    '--print',
    '--output-format',
    'stream-json',
    '--verbose',
    ...(sessionId === null ? [] : ['--resume', sessionId]),
    ...(config.model ? ['--model', config.model] : []),
    ...(config.maxTurnsPerRun > 0 ? ['--max-turns', String(config.maxTurnsPerRun)] : []),
    ...(config.dangerouslySkipPermissions ? ['--dangerously-skip-permissions'] : []),
    ...config.extraArgs,
  ],
}
