import { homedir, tmpdir, userInfo } from 'node:os'
import { z } from 'zod'

/** A value of `env`: plain, or the name of a company secret that the runner puts in its place. */
export const secretValue = z.union([z.string(), z.strictObject({ secret: z.string().min(1) })])

const envName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    'must be a variable name: letters, digits and underscores, not beginning with a digit',
  )

export const envSchema = z.record(envName, secretValue)
export type EnvConfig = z.infer<typeof envSchema>

/** The names of the server's own that a child gets, and what they are where the server has none: under systemd, say. */
const passedOn: Record<string, () => string | null> = {
  PATH: () => '/usr/local/bin:/usr/bin:/bin',
  HOME: () => account()?.homedir ?? null,
  USER: () => account()?.username ?? null,
  SHELL: () => account()?.shell ?? null,
  LANG: () => 'C.UTF-8',
  TERM: () => 'dumb',
  TMPDIR: tmpdir,
}

/**
 * The whole environment of a child: a few names of the server's own, the agent's `env`, and above them `REVEILLE_*`.
 * Secrets must have been put in place before; one that was not is left out.
 */
export function childEnvironment(agent: EnvConfig, reveille: Record<string, string>): Record<string, string> {
  const env: Record<string, string> = {}
  for (const [name, otherwise] of Object.entries(passedOn)) {
    const value = process.env[name] ?? otherwise()
    if (value !== null) env[name] = value
  }
  for (const [name, value] of Object.entries(agent)) if (typeof value === 'string') env[name] = value
  return { ...env, ...reveille }
}

/** Null where the server runs as a user without an entry, as it may in a container. */
function account() {
  try {
    return userInfo()
  } catch {
    return null
  }
}

/** The names whose secret has not been put in place. */
export function unresolvedSecrets(agent: EnvConfig): string[] {
  return Object.entries(agent).flatMap(([name, value]) => (typeof value === 'string' ? [] : [name]))
}

/** Where a program runs when its agent names no directory: the home of the server's user. */
export function directoryOf(cwd: string | undefined): string {
  return cwd ?? homedir()
}
