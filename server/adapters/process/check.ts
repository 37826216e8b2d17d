import type { Check } from '@/server/adapters/adapter'
import { childEnvironment, directoryOf } from '@/server/adapters/environment'
import { directoryFault, locate } from '@/server/runner/spawn-failure'
import type { ProcessConfig } from './config'

/** Looks for the command and the directory on this machine. The program itself is not started. */
export async function check(config: ProcessConfig): Promise<Check[]> {
  return [checkCommand(config), checkDirectory(config)]
}

function checkCommand({ command, args, cwd, env }: ProcessConfig): Check {
  const name = 'command'
  const found = locate({ command, args, cwd: directoryOf(cwd), env: childEnvironment(env, {}) })
  if (!found) {
    const where = command.includes('/') ? '' : ' in PATH. Install it, or give its full path'
    return { name, level: 'error', message: `${command} was not found${where}.` }
  }
  if (!found.executable) return { name, level: 'error', message: `${found.path} may not be executed.` }
  return { name, level: 'info', message: `Found ${found.path}.` }
}

function checkDirectory(config: ProcessConfig): Check {
  const cwd = directoryOf(config.cwd)
  const fault = directoryFault(cwd)
  if (fault) return { name: 'directory', level: 'error', message: fault }
  return { name: 'directory', level: 'info', message: `Runs in ${cwd}.` }
}
