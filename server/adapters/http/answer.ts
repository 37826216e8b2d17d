import type { IncomingMessage } from 'node:http'
import type { Execution } from '@/server/adapters/adapter'
import { type CheckedReport, checkReport, maxReportBytes, unreadable } from '@/server/adapters/report'
import { asObject, asText, parseJson } from '@/server/domain/json'
import { excessOfValue, storableText } from '@/server/domain/storable'
import { decode, encodingsOf } from './decode'

/** A result; the sentence with which the agent reports a failure (`error`); and its further `message`. */
export type Answer = CheckedReport & { error: string | null; message: string | null }

/** Reads a response to its end: each byte goes to the log as it arrives; the complete body, if not too large, is the result. */
export async function readAnswer(response: IncomingMessage, append: Execution<unknown>['append']): Promise<Answer> {
  const parts: Buffer[] = []
  let length = 0
  const { known, unknown } = encodingsOf(response)
  await decode(response, known, async (part) => {
    length += part.length
    if (length <= maxReportBytes) parts.push(part)
    else parts.length = 0
    await append('stdout', part)
  })
  if (unknown) return notAnswer(`its content encoding ${unknown.slice(0, 100)} is not supported`)
  if (length > maxReportBytes) return notAnswer('it is larger than 1 MiB')
  const text = new TextDecoder().decode(Buffer.concat(parts))
  if (text.trim() === '') return answerOf({})
  const parsed = parseJson(text)
  return parsed.ok ? answerOf(parsed.value) : notAnswer('it is not JSON')
}

export function answerOf(value: unknown): Answer {
  const given = asObject(value)
  const message = asText(given?.message) ?? asText(given?.detail)
  const error = errorOf(given?.error, message)
  return {
    ...checkReport(value, notTaken),
    error: error === null ? null : short(error),
    message: message === null ? null : short(message),
  }
}

/** Accepts a text, the object of model APIs and JSON-RPC, a list of either, or `true`; null where there is no error. */
function errorOf(error: unknown, message: string | null): string | null {
  if (!error || (Array.isArray(error) && error.length === 0)) return null
  if (typeof error === 'string') return error.trim() || message || noReason
  if (excessOfValue(error) !== null) return noReason
  if (Array.isArray(error)) return asTextOfList(error) || message || noReason
  const { message: said, ...more } = asObject(error) ?? {}
  const rest = Object.keys(more).length > 0 ? JSON.stringify(more) : null
  return asText(said) ?? message ?? rest ?? noReason
}

function asTextOfList(errors: unknown[]): string {
  return errors.flatMap((item) => errorOf(item, null) ?? []).join(' ')
}

function short(text: string): string {
  return storableText(text.slice(0, longestError))
}

const longestError = 2000
const noReason = 'The agent reports a failure without a reason.'
const notTaken = 'The response of the agent was not used as its result'

function notAnswer(why: string): Answer {
  return { ...unreadable(why, notTaken), error: null, message: null }
}
