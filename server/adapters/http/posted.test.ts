import type { RequestListener } from 'node:http'
import { afterAll, describe, expect, it } from 'vitest'
import { startExecution } from '@/server/adapters/testing/execution'
import { closeHttpAgents, startHttpAgent } from '@/server/adapters/testing/http-agent'
import { until } from '@/server/processes/fixtures/run-fixture'
import { httpAdapter } from './adapter'

afterAll(closeHttpAgents)

describe('a posted result that was accepted counts', () => {
  const agentThat = async (end: RequestListener) => {
    const { url } = await startHttpAgent((request, response) => {
      run.post({ summary: 'Done.', costUsd: 0.2 })
      end(request, response)
    })
    const run = startExecution(httpAdapter, { url, mode: 'callback' })
    return run
  }
  const done = { end: 'succeeded', error: null, summary: 'Done.', costUsd: 0.2 }

  it.each<[string, RequestListener]>([
    ['fails', (_request, response) => response.writeHead(504).end()],
    ['is cut off', (_request, response) => response.destroy()],
    ['never comes', () => {}],
  ])('even when the response of the agent %s', async (_how, end) => {
    expect(await (await agentThat(end)).outcome).toMatchObject(done)
  })

  it('even when the run no longer waited for it', async () => {
    const { url } = await startHttpAgent((_request, response) => response.writeHead(502).end())
    const late = startExecution(httpAdapter, { url, mode: 'callback' }, { isUnheard: true })
    late.post({ summary: 'Done.', costUsd: 0.2 })
    expect(await late.outcome).toMatchObject(done)
    expect(late.warnings()).toEqual([
      'The agent had posted its result; a later error was ignored: The agent responded with 502 Bad Gateway.',
    ])
  })

  it('also when the server stops; a run that a person stopped ends stopped, with its cost', async () => {
    const { url } = await startHttpAgent((_request, response) => response.writeHead(202).end('accepted'))
    const stop = async (cause: 'server_stopped' | 'cancelled') => {
      const run = startExecution(httpAdapter, { url, mode: 'callback' }, { isUnheard: true })
      await until(() => run.seen.stdout === 'accepted')
      run.post({ summary: 'Done.', costUsd: 0.2 })
      run.stop(cause)
      return await run.outcome
    }
    expect(await stop('server_stopped')).toMatchObject(done)
    expect(await stop('cancelled')).toMatchObject({ ...done, end: 'stopped' })
  })
})
