import type { Execution, Outcome } from '@/server/adapters/adapter'
import { childEnvironment, directoryOf, unresolvedSecrets } from '@/server/adapters/environment'
import { outcomeOf, refused } from '@/server/adapters/outcome'
import { emptyReport, readReport } from '@/server/adapters/report'
import { runChild } from '@/server/processes/run-child'
import type { ProcessConfig } from './config'

/** Runs the program; resolves once none of its processes is alive. */
export async function execute(execution: Execution<ProcessConfig>): Promise<Outcome> {
  const { config, run, signal, append, started, emit } = execution
  const missing = unresolvedSecrets(config.env)
  if (missing.length > 0) return refused(`The secret for ${missing.join(', ')} was not found.`)
  const { command, args } = config
  const cwd = directoryOf(config.cwd)
  const env = childEnvironment(config.env, execution.env)
  emit({
    eventType: 'adapter.invoke',
    message: `Starting ${command} in ${cwd}`,
    payload: { command, args, cwd, envNames: Object.keys(env).sort() },
  })
  const timeoutMs = config.timeoutSec * 1000
  const graceMs = config.graceSec * 1000
  const end = await runChild({ runId: run.id, command, args, cwd, env, timeoutMs, graceMs, signal, append, started })
  if (end.endedBy === 'not_started') return outcomeOf(end, emptyReport, config)
  const { report, warnings } = await readReport(execution.env.REVEILLE_RESULT_FILE)
  for (const message of warnings) emit({ eventType: 'warning', level: 'warn', message })
  return outcomeOf(end, report, config)
}
