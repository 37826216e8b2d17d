import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { packageRoot } from '@/db/package-root'
import { eventually } from '@/tests/eventually'

export type Ended = { code: number | null; stdout: string; stderr: string }
export type Where = { dataDir: string; token?: string; env?: Record<string, string> }

/** Runs `reveille ARGS` as a process that finds its server by the data directory, until it exits. */
export async function reveille(where: Where, ...args: string[]): Promise<Ended> {
  const cli = startCli(where, ...args)
  cli.child.stdin.end()
  return await cli.ended
}

/** Starts `reveille ARGS`, for tests that read its output, answer it or interrupt it. */
export function startCli({ dataDir, token, env }: Where, ...args: string[]) {
  const child = spawn(process.execPath, [join(packageRoot(), 'cli', 'bin.mjs'), ...args], {
    cwd: '/',
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_ENV: process.env.NODE_ENV,
      REVEILLE_DATA_DIR: dataDir,
      ...(token === undefined ? {} : { REVEILLE_TOKEN: token }),
      ...env,
    },
    stdio: 'pipe',
  })
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => (written.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (written.stderr += text))
  const ended = once(child, 'close').then(([code]): Ended => ({ code, ...written }))
  return {
    child,
    ended,
    written,
    has: (stream: 'stdout' | 'stderr', text: string) =>
      eventually(
        () => written[stream].includes(text),
        `${JSON.stringify(text)} on ${stream}: ${JSON.stringify(written)}`,
      ),
  }
}
