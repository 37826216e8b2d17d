import pino from 'pino'
import type { LogLevel } from './env'

export type Log = pino.Logger

/** JSON lines on stderr: stdout carries only the ready and the sign-in line. */
export function createLogger(level: LogLevel, fields: Record<string, unknown> = {}): Log {
  const destination = pino.destination({ fd: 2, sync: true })
  // A closed stderr must not end the server.
  destination.on('error', () => {})
  return pino({ level, base: { pid: process.pid, ...fields }, serializers: { err: describeError } }, destination)
}

/** Drizzle repeats a query's parameters, which may be secrets, in the message and the stack of its errors. */
export function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const described: Record<string, unknown> = { ...pino.stdSerializers.err(error) }
  delete described.params
  delete described.parameters
  delete described.args
  if (error.cause instanceof Error) described.cause = describeError(error.cause)
  for (const field of ['message', 'stack'] as const) {
    if (typeof described[field] === 'string') described[field] = withoutParameters(described[field])
  }
  return described
}

function withoutParameters(text: string): string {
  return text.replace(/\nparams: [\s\S]*?(?=\n\s+at |$)/g, '')
}
