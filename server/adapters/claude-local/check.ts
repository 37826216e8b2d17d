import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Check } from '@/server/adapters/adapter'
import { checkProgram, plainEnvironment } from '@/server/adapters/program-check'
import type { ClaudeConfig } from './config'

/** Looks for the program, its version, the directory, and a way to sign in. */
export async function check(config: ClaudeConfig): Promise<Check[]> {
  return [...(await checkProgram('Claude Code', config)), checkSignIn(config), ...checkPermissions(config)]
}

const signInNames = [
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_AUTH_TOKEN',
  'CLAUDE_CODE_OAUTH_TOKEN',
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
  'CLAUDE_CODE_USE_FOUNDRY',
]

function checkSignIn({ env }: ClaudeConfig): Check {
  const name = 'sign-in'
  const found = signInNames.find((key) => env[key] !== undefined && env[key] !== '')
  if (found) return { name, level: 'info', message: `Signs in with ${found}.` }
  const { HOME, CLAUDE_CONFIG_DIR } = plainEnvironment(env)
  const folder = CLAUDE_CONFIG_DIR ?? join(HOME ?? '', '.claude')
  const file = join(folder, '.credentials.json')
  if (existsSync(file)) return { name, level: 'info', message: `Signed in (${file}).` }
  const keychain = process.platform === 'darwin' ? ' It may still be signed in by the keychain.' : ''
  const message = `No sign-in was found. Set ANTHROPIC_API_KEY in the environment, or sign in with claude as the server's user.${keychain}`
  return { name, level: 'warn', message }
}

function checkPermissions({ env, dangerouslySkipPermissions }: ClaudeConfig): Check[] {
  const name = 'permissions'
  if (!dangerouslySkipPermissions) return []
  if (process.getuid?.() !== 0 || env.IS_SANDBOX !== undefined) return []
  const message =
    'The server runs as root: Claude Code refuses to skip permissions there, unless IS_SANDBOX=1 is set in the environment.'
  return [{ name, level: 'error', message }]
}
