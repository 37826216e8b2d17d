import type { Command } from 'commander'
import { CliError } from '@/cli/cli-error'
import { printJson, printLine } from '@/cli/print'
import { dataDirectory, readServerFile, serverUrl } from '@/cli/server-address'
import type { GlobalOptions } from '@/cli/session'
import { openClient } from '@/db/connection'
import { explainDatabaseError } from '@/db/explain'
import { readSchemaState } from '@/db/schema-state'
import { StartupError } from '@/server/domain/startup-error'
import { createSignInLink } from '@/server/identity/access/sign-in'
import { connectionOf } from '@/server/platform/database'

const help = `
Run it on the machine with the server's data directory, with the server's REVEILLE_DATA_DIR and DATABASE_URL. No token
is needed: access to the data directory means ownership of the installation.

Example:
  $ reveille sign-in-link`

export function addSignInLink(program: Command): void {
  program
    .command('sign-in-link')
    .description('print a link that signs a browser in as the owner; it works once, within 24 hours')
    .option('--email <e-mail>', 'sign in as this person, who can then choose a new password')
    .addHelpText('after', help)
    .action(async ({ email }: { email?: string }, command: Command) => {
      const { url, json } = command.optsWithGlobals<GlobalOptions>()
      const link = await createLink(url ? serverUrl(url) : readServerFile().publicUrl, email)
      if (json) printJson({ url: link })
      else printLine(link)
    })
}

async function createLink(address: string, email: string | undefined): Promise<string> {
  const databaseUrl = process.env.DATABASE_URL || undefined
  const dataDir = dataDirectory()
  const sql = open({ databaseUrl, dataDir })
  try {
    const schema = await readSchemaState(sql)
    if (schema.kind !== 'current') throw new CliError(schema.sentence)
    const link = await createSignInLink(sql, address, email?.trim().toLowerCase())
    if (link !== null) return link
    throw new CliError(`No account has the e-mail ${email}. Invite the person, or omit --email for the owner.`)
  } catch (error) {
    if (error instanceof CliError) throw error
    if (databaseUrl) throw failureOf(error)
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : ''
    throw new CliError(`The database of ${dataDir} does not answer${code}: start the server, or set its DATABASE_URL.`)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

function open(options: { databaseUrl: string | undefined; dataDir: string }) {
  try {
    return openClient(connectionOf(options), { max: 1, applicationName: 'reveille command line' })
  } catch (error) {
    throw failureOf(error)
  }
}

function failureOf(error: unknown): unknown {
  const explained = explainDatabaseError(error)
  return explained instanceof StartupError ? new CliError(explained.message) : error
}
