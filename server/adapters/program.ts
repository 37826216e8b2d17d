import { type ChildEnd, runChild } from '@/server/processes/run-child'
import type { SpawnFailure } from '@/server/processes/spawn-failure'
import type { AdapterEvent, Execution, Outcome } from './adapter'
import { childEnvironment, directoryOf, unresolvedSecrets } from './environment'
import { createLines } from './json-lines'
import { refused } from './outcome'
import type { ProgramConfig } from './program-config'
import { programOutcome } from './program-outcome'
import { emptyReport, readReport } from './report'
import { render } from './template'

/** A program that reads a prompt from stdin, prints JSON lines on stdout, and keeps sessions. */
export type Program<Config> = {
  label: string
  /** The arguments that resume a session, or start a new one for null. */
  args(config: Config, sessionId: string | null): string[]
  /** `sessionId` is the session to resume, or null. */
  createReader(config: Config, emit: Execution<Config>['emit'], sessionId: string | null): Reader
}

export type Reader = {
  line(text: string): void
  /** The result of reading, once the program has ended. `stderr` is its last 4 KiB. */
  read(stderr: string): Reading
}

/** Figures as printed by the program, not yet checked. */
export type Reading = {
  sessionId: string | null
  summary: string | null
  charges: { provider: string; model: string | null; usage: unknown; costUsd: unknown }[]
  /** What went wrong, in the program's own words. */
  error: string | null
  /** Whether it reported that its work was done: without that an exit code of 0 is not a success. */
  isDone: boolean
  isSessionUnknown: boolean
}

export type Attempt = { end: ChildEnd | SpawnFailure; reading: Reading; stderr: string }

/** Runs the program. If it no longer knows the session, it is run once more with a new one. */
export async function executeProgram<Config extends ProgramConfig>(
  program: Program<Config>,
  execution: Execution<Config>,
): Promise<Outcome> {
  const { config, emit } = execution
  const sessionId = resumable(execution.sessionId)
  const missing = unresolvedSecrets(config.env)
  if (missing.length > 0) return refused(`The secret for ${missing.join(', ')} was not found.`)
  const deadline = performance.now() + config.timeoutSec * 1000
  let attempt = await run(program, execution, sessionId, deadline)
  let survivorsKilled = survivorsOf(attempt)
  if (sessionId !== null && isSessionLost(attempt)) {
    const message = `${program.label} no longer knows the session ${sessionId}: starting a new one.`
    emit({ eventType: 'warning', level: 'warn', message, payload: { sessionId } })
    attempt = await run(program, execution, null, deadline)
    survivorsKilled += survivorsOf(attempt)
  }
  const file = attempt.end.endedBy === 'not_started' ? null : await readReport(execution.env.REVEILLE_RESULT_FILE)
  const { outcome, warnings } = programOutcome(program.label, attempt, file?.report ?? emptyReport, config)
  for (const message of [...(file?.warnings ?? []), ...warnings]) emit({ eventType: 'warning', level: 'warn', message })
  return { ...outcome, survivorsKilled }
}

async function run<Config extends ProgramConfig>(
  program: Program<Config>,
  execution: Execution<Config>,
  sessionId: string | null,
  deadline: number,
): Promise<Attempt> {
  const { config, signal, started, emit } = execution
  const { command } = config
  const cwd = directoryOf(config.cwd)
  const args = program.args(config, sessionId)
  const env = childEnvironment(config.env, execution.env)
  const prompt = promptOf(execution, sessionId)
  emit({
    eventType: 'adapter.invoke',
    message: `Starting ${program.label} in ${cwd}${sessionId === null ? '' : ', resuming its session'}`,
    payload: { command, args, cwd, envNames: Object.keys(env).sort(), sessionId, prompt: prompt.slice(0, shownPrompt) },
  })
  const reader = program.createReader(config, limited(emit), sessionId)
  const lines = createLines((line) => reader.line(line))
  const stderr = createTail()
  const end = await runChild({
    runId: execution.run.id,
    command,
    args,
    cwd,
    env,
    stdin: prompt,
    timeoutMs: Math.max(1, deadline - performance.now()),
    graceMs: config.graceSec * 1000,
    signal,
    started,
    append(stream, bytes) {
      if (stream === 'stdout') lines.push(bytes)
      else stderr.push(bytes)
      return execution.append(stream, bytes)
    },
  })
  lines.end()
  return { end, reading: reader.read(stderr.text()), stderr: stderr.text() }
}

const mostEvents = 50
const longestMessage = 1000

/** Limits events, so that a program's output cannot fill the database; the log has all of it. */
function limited(emit: (event: AdapterEvent) => void): (event: AdapterEvent) => void {
  let count = 0
  return (event) => {
    if (++count <= mostEvents) emit({ ...event, message: event.message.slice(0, longestMessage) })
  }
}

/** The most characters of a prompt in its event. */
const shownPrompt = 20_000

function promptOf(
  { config, agent, company, run, context }: Execution<ProgramConfig>,
  sessionId: string | null,
): string {
  const template =
    sessionId === null ? (config.bootstrapPromptTemplate ?? config.promptTemplate) : config.promptTemplate
  return render(template, { agent, company, run, context })
}

/** The id comes from an agent's output: one that looks like an option would be parsed as one, and grant rights. */
function resumable(sessionId: string | null): string | null {
  return sessionId?.startsWith('-') ? null : sessionId
}

function isSessionLost({ end, reading }: Attempt): boolean {
  return end.endedBy === 'exit' && end.exitCode !== 0 && reading.isSessionUnknown
}

function survivorsOf({ end }: Attempt): number {
  return end.endedBy === 'not_started' ? 0 : end.survivorsKilled
}

const tailBytes = 4096

/** The end of a stream, for an error message. */
function createTail() {
  let kept = Buffer.alloc(0)
  return {
    push(bytes: Buffer) {
      kept = Buffer.concat([kept, bytes.subarray(-tailBytes)]).subarray(-tailBytes)
    },
    text: () => kept.toString('utf8'),
  }
}
