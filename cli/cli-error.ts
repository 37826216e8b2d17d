import { TRPCClientError } from '@trpc/client'
import { CommanderError } from 'commander'

export const exitCodes = { done: 0, failed: 1, usage: 2 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** An error of the command line itself; others come from the server. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode: ExitCode = exitCodes.failed,
  ) {
    super(message)
    this.name = 'CliError'
  }
}

export function wrongUsage(message: string): CliError {
  return new CliError(message, exitCodes.usage)
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  return error instanceof CliError ? error.exitCode : exitCodes.failed
}

export function messageOf(error: unknown): string {
  if (error instanceof CliError) return error.message
  if (error instanceof TRPCClientError) return reasonOf(error) === null ? unreachableMessage(error) : error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** The server's `data.reason`, or null if the error is not an answer of the server. */
export function reasonOf(error: unknown): string | null {
  if (!(error instanceof TRPCClientError)) return null
  const reason: unknown = error.data?.reason
  return typeof reason === 'string' ? reason : null
}

/** Whether a retry may succeed: the server or its database is unavailable. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof TRPCClientError)) return false
  const reason = reasonOf(error)
  return reason === null || reason === 'unavailable' || reason === 'internal'
}

function unreachableMessage(error: TRPCClientError<never>): string {
  const response: unknown = error.meta?.response
  if (response instanceof Response) {
    if (response.status === 503) return `The server at ${originOf(response)} is starting. Try again in a moment.`
    return `The server at ${originOf(response)} is not Reveille (HTTP ${response.status}): check --url or REVEILLE_URL.`
  }
  const cause = error.cause?.cause
  const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : ''
  return `The server does not answer${code}: start it with \`reveille start\`, or give another address with --url or REVEILLE_URL.`
}

function originOf(response: Response): string {
  return URL.canParse(response.url) ? new URL(response.url).origin : response.url
}
