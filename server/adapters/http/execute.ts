import type { IncomingMessage } from 'node:http'
import type { Execution, Outcome, StopCause } from '@/server/adapters/adapter'
import { unresolvedSecrets } from '@/server/adapters/environment'
import { noProcess, refused } from '@/server/adapters/outcome'
import { emptyReport } from '@/server/adapters/report'
import { type Answer, answerOf, readAnswer } from './answer'
import type { HttpConfig } from './config'
import { contentOf } from './content'
import { faultSentence } from './fault'
import { send } from './request'

/** Sends the request; resolves with the result, or once the request has ended without one. */
export async function execute(execution: Execution<HttpConfig>): Promise<Outcome> {
  const { config } = execution
  const missing = unresolvedSecrets(config.headers)
  if (missing.length > 0) return refused(`The secret for the header ${missing.join(', ')} was not found.`)
  const { outcome, isPosted } = await attempt(execution)
  if (config.mode === 'sync' || isPosted) return outcome
  const last = await execution.lastResult()
  return last ? withLast(execution, outcome, last.body) : outcome
}

type Attempted = { outcome: Outcome; isPosted: boolean }

async function attempt(execution: Execution<HttpConfig>): Promise<Attempted> {
  const { config, signal } = execution
  const limit = AbortSignal.timeout(config.timeoutSec * 1000)
  const either = AbortSignal.any([signal, limit])
  try {
    return await ask(execution, either)
  } catch (error) {
    if (!either.aborted) return without(failed(faultSentence(error, config.url)))
    // A combined signal has the reason of the one that aborted first.
    return without(either.reason === limit.reason ? timedOut(config) : stopped)
  }
}

async function ask(execution: Execution<HttpConfig>, signal: AbortSignal): Promise<Attempted> {
  const { config, emit } = execution
  const { url, method, mode } = config
  const { origin, pathname } = new URL(url)
  const headerNames = Object.keys(config.headers).sort()
  emit({
    eventType: 'adapter.invoke',
    message: `${method} ${origin}${pathname}`,
    payload: { method, url: `${origin}${pathname}`, mode, headerNames },
  })
  if (mode === 'callback') return await askForCallback(execution, signal)
  const response = await send({ url, method, signal, ...contentOf(execution) })
  const answer = await readAnswer(response, execution.append)
  return without(isAccepted(response) ? concluded(answer, emit) : notAccepted(response, answer, emit))
}

/** The result may be posted before the agent has responded; its response is then ignored. */
async function askForCallback(execution: Execution<HttpConfig>, signal: AbortSignal): Promise<Attempted> {
  const { config, emit } = execution
  const { url, method } = config
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  const posted = execution.result(either).then((body) => ({ body }))
  const refusal = send({ url, method, signal: either, ...contentOf(execution) }).then(async (response) => {
    const answer = readAnswer(response, execution.append)
    if (!isAccepted(response)) return notAccepted(response, await answer, emit)
    // The body of an accepting response only goes to the log.
    await answer.catch(() => {})
    return null
  })
  refusal.catch(() => {})
  posted.catch(() => {})
  try {
    const refusedAs = await Promise.race([refusal, posted.then(() => null)])
    if (refusedAs) return without(refusedAs)
    return { outcome: concluded(answerOf((await posted).body), emit), isPosted: true }
  } finally {
    // The agent may still be sending: the result ends the run.
    over.abort()
    await refusal.catch(() => {})
  }
}

/** An accepted result counts, whatever happened later, except for a stop by a person or the budget. */
function withLast(execution: Execution<HttpConfig>, outcome: Outcome, body: unknown): Outcome {
  const { emit, signal } = execution
  const result = concluded(answerOf(body), emit)
  const cause: StopCause | undefined = outcome.end === 'stopped' ? signal.reason : undefined
  if (cause === 'cancelled' || cause === 'budget_exceeded') return { ...result, ...stopEnd }
  if (outcome.error) {
    const message = `The agent had posted its result; a later error was ignored: ${outcome.error}`
    emit({ eventType: 'warning', level: 'warn', message })
  }
  return result
}

function isAccepted({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode <= 299
}

/** A failed response still reports its cause and its cost. */
function notAccepted(response: IncomingMessage, answer: Answer, emit: Execution<HttpConfig>['emit']): Outcome {
  const { statusCode = 0, statusMessage = '' } = response
  const status = `The agent responded with ${`${statusCode} ${statusMessage}`.trim()}`
  const said = answer.error ?? answer.message
  const { usage, costUsd, provider, model } = answer.report
  const warnings = answer.report === emptyReport ? [] : answer.warnings
  for (const message of warnings) emit({ eventType: 'warning', level: 'warn', message })
  return { ...failed(said ? `${status}: ${said}` : `${status}.`), usage, costUsd, provider, model }
}

function concluded({ report, warnings, error }: Answer, emit: Execution<HttpConfig>['emit']): Outcome {
  for (const message of warnings) emit({ eventType: 'warning', level: 'warn', message })
  if (error !== null) return { ...failed(error), ...report }
  return { ...report, ...noProcess, end: 'succeeded', errorCode: null, error: null }
}

function timedOut({ mode, timeoutSec }: HttpConfig): Outcome {
  const what = mode === 'sync' ? 'answer' : 'post its result'
  const error = `The agent did not ${what} within ${timeoutSec} second${timeoutSec === 1 ? '' : 's'}.`
  return { ...nothing, end: 'timed_out', errorCode: 'timeout', error }
}

function failed(error: string): Outcome {
  return { ...nothing, end: 'failed', errorCode: 'adapter_failed', error }
}

function without(outcome: Outcome): Attempted {
  return { outcome, isPosted: false }
}

const nothing = { ...emptyReport, ...noProcess }
const stopEnd = { end: 'stopped', errorCode: null, error: null } as const
const stopped: Outcome = { ...nothing, ...stopEnd }
