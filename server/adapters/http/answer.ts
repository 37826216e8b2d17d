import type { IncomingMessage } from 'node:http'
import type { Execution } from '@/server/adapters/adapter'
import { type CheckedReport, checkReport, maxReportBytes, unreadable } from '@/server/adapters/report'
import { asObject, asText, parseJson } from '@/server/domain/json'
import { excessOfValue, storableText } from '@/server/domain/storable'
import { decode, encodingsOf } from './decode'

/** A result, the sentence of an agent that says that it has failed (`error`), and what it says beside (`message`). */
export type Answer = CheckedReport & { error: string | null; message: string | null }

/** Reads a response to its end: every byte is log as it comes, and the whole, where it is not too large, the result. */
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
  if (unknown) return notAnswer(`it is encoded as ${unknown.slice(0, 100)}, which can not be read`)
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

/** A text, the object that model APIs and JSON-RPC send, a list of either, or a mere yes; null where there is no error. */
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
const noReason = 'The agent says that it has failed, and not why.'
const notTaken = 'The answer of the agent was not taken as its result'

function notAnswer(why: string): Answer {
  return { ...unreadable(why, notTaken), error: null, message: null }
}
