import type { Execution, Outcome, SessionUsage, Usage } from '@/server/adapters/adapter'
import { executeProgram, type Program } from '@/server/adapters/program'
import { minus } from '@/server/adapters/usage'
import type { CodexConfig } from './config'
import { createCodexReader } from './reading'

/** Runs `codex exec --json` with the prompt on stdin; resolves once none of its processes is alive. */
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
    // `exec` does not accept --search, and ignores one before it.
    ...(config.search ? ['-c', 'web_search="live"'] : []),
    ...(config.dangerouslyBypassApprovalsAndSandbox ? ['--dangerously-bypass-approvals-and-sandbox'] : []),
    ...config.extraArgs,
    ...(sessionId === null ? [] : ['resume', sessionId]),
    '-',
  ],
  createReader: (config, emit) => createCodexReader(config.model ?? null, emit),
}

/** The program reports the total of its thread. A total below all earlier ones is of this run alone. */
function difference(total: Usage, before: SessionUsage[]): Usage {
  const own = before.flatMap((earlier) => minus(total, earlier) ?? [])
  return own[0] ?? total
}
