import type { Execution, Outcome } from '@/server/adapters/adapter'
import { executeProgram, type Program } from '@/server/adapters/program'
import type { ClaudeConfig } from './config'
import { createClaudeReader } from './reading'

/** Runs `claude --print` with the prompt on stdin; answers when nothing of it is left alive. */
export function execute(execution: Execution<ClaudeConfig>): Promise<Outcome> {
  return executeProgram(claude, execution)
}

const claude: Program<ClaudeConfig> = {
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
  createReader: ({ model }, emit) => createClaudeReader(model ?? null, emit),
}
