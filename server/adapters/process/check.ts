import type { Check } from '@/server/adapters/adapter'
import { checkCommand, checkDirectory } from '@/server/adapters/command-check'
import type { ProcessConfig } from './config'

/** Looks for the command and the directory on this machine. The program itself is not started. */
export async function check(config: ProcessConfig): Promise<Check[]> {
  return [checkCommand(config), checkDirectory(config)]
}
