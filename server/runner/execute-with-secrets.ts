import type { RawSql } from '@/db/client'
import type { Ending } from '@/server/engine/runs/ending'
import type { ClaimedRun } from '@/server/engine/runs/load'
import { closeResults } from '@/server/engine/runs/results'
import { sessionUsage } from '@/server/engine/runs/session-usage'
import type { Log } from '@/server/platform/logger'
import { type ExecuteOptions, execute } from './execute'
import { type LogsOf, openSecrets } from './redact-run'
import { untilAnswered } from './until-answered'

type Options = Omit<ExecuteOptions, 'run' | 'logs' | 'token' | 'sessionUsage' | 'lastResult'> & {
  sql: RawSql
  secretKey: Buffer
  logsOf: LogsOf
  log: Log
  /** Whether the life still holds its runs. */
  isHeld(): boolean
}

/** Carries a run out with its secrets in place, and keeps them out of all that is recorded. */
export async function executeConfidentially(claimed: ClaimedRun, options: Options): Promise<Ending> {
  const { id, agentId } = claimed
  try {
    const { run, token, logs, event, ending } = await openSecrets(options, claimed)
    const outcome = await execute({
      ...options,
      run,
      token,
      logs,
      onEvent: (given) => options.onEvent(event(given)),
      lastResult: () => untilAnswered(options.isHeld, () => closeResults(options.sql, options.secretKey, id), null),
      sessionUsage: (sessionId) =>
        untilAnswered(options.isHeld, () => sessionUsage(options.sql, agentId, sessionId), []),
    })
    return ending(outcome)
  } catch (err) {
    options.log.error({ err, runId: id }, 'the secrets of a run could not be opened')
    const error = 'The secrets of this agent could not be opened; the log of the server says why.'
    return { runId: id, agentId, serverId: options.serverId, status: 'failed', errorCode: 'adapter_failed', error }
  }
}
