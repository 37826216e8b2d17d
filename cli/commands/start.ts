import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command } from 'commander'
import { packageRoot } from '@/db/package-root'

const help = `
Its settings are environment variables: README.md lists them. The data directory is .reveille in the current folder,
unless REVEILLE_DATA_DIR names another. Stop it with Ctrl C or SIGTERM: live runs may end first.

Examples:
  $ reveille start
  $ PORT=8080 REVEILLE_DATA_DIR=/var/lib/reveille reveille start`

export function addStart(program: Command): void {
  program
    .command('start')
    .description('start a server: pages, API and the runner of the agents')
    .addHelpText('after', help)
    .action(startServer)
}

/** In this process, so that signals go straight to the server. */
async function startServer(): Promise<void> {
  // The command line ends when nobody reads its output any more; a server goes on.
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error')
  Object.assign(process.env, { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' })
  const inCheckout = join(packageRoot(), 'scripts', 'start.mjs')
  const built = join(packageRoot(), 'dist', 'server.mjs')
  await import(pathToFileURL(existsSync(inCheckout) ? inCheckout : built).href)
}
