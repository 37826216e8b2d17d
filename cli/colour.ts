import type { AgentStatus, CompanyStatus } from '@/server/domain/agent-status'
import type { RunStatus } from '@/server/domain/run-status'

const codes = { red: 31, green: 32, yellow: 33, blue: 34, cyan: 36, dim: 2 } as const
type Colour = keyof typeof codes

const statusColours: Record<RunStatus | AgentStatus | CompanyStatus, Colour> = {
  queued: 'cyan',
  running: 'blue',
  succeeded: 'green',
  failed: 'red',
  cancelled: 'yellow',
  timed_out: 'red',
  idle: 'dim',
  error: 'red',
  paused: 'yellow',
  terminated: 'dim',
  active: 'green',
  archived: 'dim',
}

/** Colours text on a terminal, unless NO_COLOR is set. `status` takes the colour of the status that the text names. */
export function paint(stream: NodeJS.WriteStream, colourOrStatus: Colour | 'status', text: string): string {
  if (!stream.isTTY || process.env.NO_COLOR || process.env.TERM === 'dumb') return text
  const byName: Record<string, Colour> = statusColours
  const colour = colourOrStatus === 'status' ? byName[text.trim()] : colourOrStatus
  return colour ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text
}
