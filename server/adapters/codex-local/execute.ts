import type { Execution, Outcome, SessionUsage, Usage } from '@/server/adapters/adapter'
import { executeProgram, type Program } from '@/server/adapters/program'
import { minus } from '@/server/adapters/usage'
import type { CodexConfig } from './config'
import { createCodexReader } from './reading'

/** Runs `codex exec --json` with the prompt on stdin; answers when nothing of it is left alive. */
export async function execute(execution: Execution<CodexConfig>): Promise<Outcome> {
  const outcome = await executeProgram(codex, execution)
  const [charge] = outcome.charges ?? []
  if (!charge?.usage) return outcome
  const { sessionId } = outcome
  const before = sessionId !== null && sessionId === execution.sessionId ? await execution.sessionUsage(sessionId) : []
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

/** The program tells what the whole thread has used. A total below all before is of this run alone. */
function difference(total: Usage, before: SessionUsage[]): Usage {
  const own = before.flatMap((told) => minus(total, told) ?? [])
  return own[0] ?? total
}
