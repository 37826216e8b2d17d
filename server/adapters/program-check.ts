import { randomUUID } from 'node:crypto'
import { runChild } from '@/server/processes/run-child'
import type { Check } from './adapter'
import { checkCommand, checkDirectory } from './command-check'
import { childEnvironment, directoryOf, type EnvConfig } from './environment'
import type { ProgramConfig } from './program-config'

/** Checks the program and its directory, and runs the program with `--version`. */
export async function checkProgram(label: string, config: ProgramConfig): Promise<Check[]> {
  const command = checkCommand(config)
  const directory = checkDirectory(config)
  if (command.level === 'error' || directory.level === 'error') return [command, directory]
  return [command, await checkVersion(label, config), directory]
}

/** The child's environment without `REVEILLE_*` and secrets. */
export function plainEnvironment(env: EnvConfig): Record<string, string | undefined> {
  return childEnvironment(env, {})
}

const versionTimeoutMs = 15_000

async function checkVersion(label: string, { command, cwd, env }: ProgramConfig): Promise<Check> {
  const name = 'version'
  const runId = randomUUID()
  let said = ''
  const end = await runChild({
    runId,
    command,
    args: ['--version'],
    cwd: directoryOf(cwd),
    env: childEnvironment(env, { REVEILLE_RUN_ID: runId }),
    timeoutMs: versionTimeoutMs,
    graceMs: 0,
    signal: new AbortController().signal,
    started: () => {},
    append(stream, bytes) {
      if (stream === 'stdout' && said.length < 1000) said += bytes.toString('utf8')
      return undefined
    },
  })
  if (end.endedBy === 'not_started') return { name, level: 'error', message: end.error }
  const line = said.trim().split('\n')[0]?.slice(0, 200)
  if (end.endedBy === 'exit' && end.exitCode === 0 && line) return { name, level: 'info', message: line }
  const how = end.endedBy === 'timeout' ? 'did not respond' : 'failed'
  return { name, level: 'error', message: `${command} --version ${how}: it may not be ${label}, or be incomplete.` }
}
