import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Check } from '@/server/adapters/adapter'
import { checkProgram, plainEnvironment } from '@/server/adapters/program-check'
import type { CodexConfig } from './config'

/** Looks for the program, its version, the directory, and a way to sign in. */
export async function check(config: CodexConfig): Promise<Check[]> {
  return [...(await checkProgram('Codex', config)), checkSignIn(config)]
}

function checkSignIn({ env }: CodexConfig): Check {
  const name = 'sign-in'
  if (env.CODEX_API_KEY) return { name, level: 'info', message: 'Signs in with CODEX_API_KEY.' }
  const { HOME, CODEX_HOME } = plainEnvironment(env)
  const folder = CODEX_HOME ?? join(HOME ?? '', '.codex')
  const file = join(folder, 'auth.json')
  if (existsSync(file)) return { name, level: 'info', message: `Signed in (${file}).` }
  const ownProvider = existsSync(join(folder, 'config.toml'))
    ? ' A custom provider in config.toml may not need one.'
    : ''
  const message = `No sign-in was found. Set CODEX_API_KEY in the environment, or sign in with codex login as the server's user.${ownProvider}`
  return { name, level: 'warn', message }
}
