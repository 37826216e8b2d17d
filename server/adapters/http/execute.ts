import type { Execution, Outcome } from '@/server/adapters/adapter'
import { unresolvedSecrets } from '@/server/adapters/environment'
import { noProcess, refused } from '@/server/adapters/outcome'
import { emptyReport } from '@/server/adapters/report'
import { type Answer, answerOf, readAnswer } from './answer'
import type { HttpConfig } from './config'
import { contentOf } from './content'
import { faultSentence } from './fault'
import { send } from './request'

/** Asks the agent; answers when its result is there, or when nothing of the request is left. */
export async function execute(execution: Execution<HttpConfig>): Promise<Outcome> {
  const { config, signal } = execution
  const missing = unresolvedSecrets(config.headers)
  if (missing.length > 0) return refused(`The secret for the header ${missing.join(', ')} was not found.`)
  const limit = AbortSignal.timeout(config.timeoutSec * 1000)
  const either = AbortSignal.any([signal, limit])
  try {
    return await ask(execution, either)
  } catch (error) {
    if (!either.aborted) return failed(faultSentence(error, config.url))
    // Made of several, a signal keeps the reason of the one that fired first.
    return either.reason === limit.reason
      ? timedOut(config)
      : { ...nothing, end: 'stopped', errorCode: null, error: null }
  }
}

async function ask(execution: Execution<HttpConfig>, signal: AbortSignal): Promise<Outcome> {
  const { config, emit } = execution
  const { url, method, mode } = config
  const { origin, pathname } = new URL(url)
  const headerNames = Object.keys(config.headers).sort()
  emit({
    eventType: 'adapter.invoke',
    message: `${method} ${origin}${pathname}`,
    payload: { method, url: `${origin}${pathname}`, mode, headerNames },
  })
  const response = await send({ url, method, signal, ...contentOf(execution) })
  const answer = readAnswer(response, execution.append)
  const { statusCode = 0, statusMessage = '' } = response
  if (statusCode < 200 || statusCode > 299) {
    await answer
    return failed(`The agent answered with ${`${statusCode} ${statusMessage}`.trim()}.`)
  }
  if (mode === 'sync') return concluded(await answer, emit)
  // What it says after it has accepted is log and no more.
  const talk = answer.catch(() => {})
  try {
    return concluded(answerOf(await execution.result(signal)), emit)
  } finally {
    // It may go on talking: with the result there, the run is over.
    response.destroy()
    await talk
  }
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

const nothing = { ...emptyReport, ...noProcess }
