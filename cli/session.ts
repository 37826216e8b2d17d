import type { Command } from 'commander'
import { createReveilleClient } from '@/client/index'
import type { Api } from './api'
import { CliError, type ExitCode, exitCodes } from './cli-error'
import { serverUrl } from './server-address'

export type GlobalOptions = { url?: string; token?: string; json?: boolean; company?: string }

export type Session = { api: Api; json: boolean; company: string | undefined }

/** A command action with a client of the server, which is closed afterwards. Sets the exit code. */
export function withServer<Options extends object>(
  work: (session: Session, options: Options, ...operands: string[]) => Promise<ExitCode | undefined>,
) {
  return async (...given: unknown[]) => {
    const command = given.at(-1) as Command
    const options = command.optsWithGlobals<GlobalOptions & Options>()
    const api = createReveilleClient({ url: serverUrl(options.url), token: tokenOf(options) })
    try {
      const session = { api, json: options.json ?? false, company: options.company }
      process.exitCode = (await work(session, options, ...command.processedArgs)) ?? exitCodes.done
    } finally {
      api.close()
    }
  }
}

function tokenOf(options: GlobalOptions): string {
  const token = options.token || process.env.REVEILLE_TOKEN
  if (token) return token
  throw new CliError(
    'No token: give --token or set REVEILLE_TOKEN. Create a token on your account page, or use the REVEILLE_TOKEN of the server.',
  )
}
