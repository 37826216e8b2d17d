import type { WholeRun } from '@/app/_trpc/client'
import { isFinal } from '@/server/domain/run-status'

/** What stands where there is no output. */
export function placeholderOf(run: WholeRun, phase: string): string {
  if (phase === 'refused') return 'The log can not be read.'
  if (run.status === 'queued') return 'Waiting for a server with room. The log appears here as it is written.'
  if (isFinal(run.status) && (phase === 'ended' || run.logBytes === 0)) return 'This run wrote nothing.'
  return phase === 'reading' ? '' : 'Nothing written yet. The log appears here as it is.'
}
