import { directoryFault, findExecutable } from '@/server/processes/spawn-failure'
import type { Check } from './adapter'
import { childEnvironment, directoryOf, type EnvConfig } from './environment'

type Command = { command: string; cwd?: string | undefined; env: EnvConfig }

/** Looks for the command on this machine; it is not started. */
export function checkCommand({ command, cwd, env }: Command): Check {
  const name = 'command'
  const found = findExecutable({ command, args: [], cwd: directoryOf(cwd), env: childEnvironment(env, {}) })
  if (!found) {
    const where = command.includes('/') ? '' : ' in PATH. Install it, or give its full path'
    return { name, level: 'error', message: `${command} was not found${where}.` }
  }
  if (!found.executable) return { name, level: 'error', message: `${found.path} may not be executed.` }
  return { name, level: 'info', message: `Found ${found.path}.` }
}

export function checkDirectory(config: Pick<Command, 'cwd'>): Check {
  const cwd = directoryOf(config.cwd)
  const fault = directoryFault(cwd)
  if (fault) return { name: 'directory', level: 'error', message: fault }
  return { name: 'directory', level: 'info', message: `Runs in ${cwd}.` }
}
