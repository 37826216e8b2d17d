import type { WholeRun } from '@/app/_trpc/client'
import { isFinal } from '@/server/domain/run-status'

/** The text shown in place of output. */
export function placeholderOf(run: WholeRun, phase: string): string {
  if (phase === 'refused') return 'The log cannot be read.'
  if (run.status === 'queued') return 'Waiting for a server with room. The log appears here as it is written.'
  if (isFinal(run.status) && (phase === 'ended' || run.logBytes === 0)) return 'This run wrote no output.'
  return phase === 'reading' ? '' : 'No output yet. The log appears here as it is written.'
}
