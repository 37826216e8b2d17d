import type { Execution, Outcome, Usage } from '@/server/adapters/adapter'
import { executeProgram, type Program } from '@/server/adapters/program'
import type { CodexConfig } from './config'
import { createCodexReader } from './reading'

/** Runs `codex exec --json` with the prompt on stdin; answers when nothing of it is left alive. */
export async function execute(execution: Execution<CodexConfig>): Promise<Outcome> {
  const outcome = await executeProgram(codex, execution)
  const [charge] = outcome.charges ?? []
  if (!charge?.usage) return outcome
  const isResumed = outcome.sessionId !== null && outcome.sessionId === execution.sessionId
  const before = isResumed ? await execution.sessionUsage() : null
  const usage = difference(charge.usage, before)
  return { ...outcome, usage, charges: [{ ...charge, usage }], sessionUsage: charge.usage }
}

const codex: Program<CodexConfig> = {
  label: 'Codex',
  args: (config, sessionId) => [
    'exec',
    '--json',
    '--skip-git-repo-check',
    ...(config.model ? ['--model', config.model] : []),
    // `exec` takes no --search, and one before it is not heeded.
    ...(config.search ? ['-c', 'web_search="live"'] : []),
    ...(config.dangerouslyBypassApprovalsAndSandbox ? ['--dangerously-bypass-approvals-and-sandbox'] : []),
    ...config.extraArgs,
    ...(sessionId === null ? [] : ['resume', sessionId]),
    '-',
  ],
  createReader: (config, emit) => createCodexReader(config.model ?? null, emit),
}

/** The program tells what the whole thread has used. A total below the one before is of this run alone. */
function difference(total: Usage, before: Usage | null): Usage {
  if (!before) return total
  const own = {
    inputTokens: total.inputTokens - before.inputTokens,
    outputTokens: total.outputTokens - before.outputTokens,
    cachedInputTokens: total.cachedInputTokens - before.cachedInputTokens,
  }
  return Object.values(own).every((tokens) => tokens >= 0) ? own : total
}
