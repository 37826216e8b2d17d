import { homedir, tmpdir, userInfo } from 'node:os'
import { z } from 'zod'

/** A value of `env`: plain, or a reference to a company secret, which the runner resolves. */
export const secretValue = z.union([z.string(), z.strictObject({ secret: z.string().min(1) })])

const envName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    'must be a variable name: letters, digits and underscores, not starting with a digit',
  )

export const envSchema = z.record(envName, secretValue)
export type EnvConfig = z.infer<typeof envSchema>

/** The variables of the server that a child inherits, with defaults for a server without them, such as under systemd. */
const inherited: Record<string, () => string | null> = {
  PATH: () => '/usr/local/bin:/usr/bin:/bin',
  HOME: () => account()?.homedir ?? null,
  USER: () => account()?.username ?? null,
  SHELL: () => account()?.shell ?? null,
  LANG: () => 'C.UTF-8',
  TERM: () => 'dumb',
  TMPDIR: tmpdir,
}

/**
 * The complete environment of a child: a few variables of the server, then the agent's `env`, then `REVEILLE_*`.
 * Secrets must have been resolved before; an unresolved one is left out.
 */
export function childEnvironment(agent: EnvConfig, reveille: Record<string, string>): Record<string, string> {
  const env: Record<string, string> = {}
  for (const [name, defaultOf] of Object.entries(inherited)) {
    const value = process.env[name] ?? defaultOf()
    if (value !== null) env[name] = value
  }
  for (const [name, value] of Object.entries(agent)) if (typeof value === 'string') env[name] = value
  return { ...env, ...reveille }
}

/** Null where the server's user has no passwd entry, as in some containers. */
function account() {
  try {
    return userInfo()
  } catch {
    return null
  }
}

/** The names of variables whose secret has not been resolved. */
export function unresolvedSecrets(agent: EnvConfig): string[] {
  return Object.entries(agent).flatMap(([name, value]) => (typeof value === 'string' ? [] : [name]))
}

/** The working directory: the home of the server's user where the agent names none. */
export function directoryOf(cwd: string | undefined): string {
  return cwd ?? homedir()
}
