import type { IncomingMessage } from 'node:http'
import type { Execution } from '@/server/adapters/adapter'
import { type CheckedReport, checkReport, maxReportBytes, unreadable } from '@/server/adapters/report'
import { asObject, asText, parseJson } from '@/server/domain/json'
import { storableText } from '@/server/domain/storable'

/** A result, and the sentence of an agent that says that it has failed (`error`). */
export type Answer = CheckedReport & { error: string | null }

/** Reads a response to its end: every byte is log as it comes, and the whole, where it is not too large, the result. */
export async function readAnswer(response: IncomingMessage, append: Execution<unknown>['append']): Promise<Answer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length
    if (length <= maxReportBytes) parts.push(part)
    else parts.length = 0
    await append('stdout', part)
  }
  if (length > maxReportBytes) return { ...unreadable('it is larger than 1 MiB', notTaken), error: null }
  const text = new TextDecoder().decode(Buffer.concat(parts))
  if (text.trim() === '') return answerOf({})
  const parsed = parseJson(text)
  return parsed.ok ? answerOf(parsed.value) : { ...unreadable('it is not JSON', notTaken), error: null }
}

export function answerOf(value: unknown): Answer {
  const error = asText(asObject(value)?.error)
  return { ...checkReport(value, notTaken), error: error === null ? null : storableText(error.slice(0, longestError)) }
}

const longestError = 2000
const notTaken = 'The answer of the agent was not taken as its result'
