import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readRecording } from '@/server/adapters/testing/recording'
import { replayWith } from '@/server/adapters/testing/replay'
import { codexLocalAdapter } from './adapter'
import { check } from './check'
import { codexConfigSchema } from './config'

const replay = replayWith(codexLocalAdapter, 'codex-local')
const thread = { type: 'thread.started', thread_id: 't1' }
const turn = (input: unknown, cached: unknown, output: unknown) => ({
  type: 'turn.completed',
  usage: { input_tokens: input, cached_input_tokens: cached, output_tokens: output },
})
const usage = (inputTokens: number, cachedInputTokens: number, outputTokens: number) => ({
  inputTokens,
  cachedInputTokens,
  outputTokens,
})

describe('a run of Codex', () => {
  it('takes thread, usage and summary from the output of the program; its cost is unknown, not 0', async () => {
    expect(await replay({ says: 'text', config: { model: 'gpt-x' } }).outcome).toMatchObject({
      end: 'succeeded',
      summary: 'Hello from the stand-in.',
      sessionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      provider: 'openai',
      model: 'gpt-x',
      usage: usage(100, 1000, 20),
      costUsd: null,
    })
  })

  it('is called as its config says, with the prompt on stdin', async () => {
    const config = {
      promptTemplate: 'Go on.',
      model: 'gpt-x',
      search: true,
      dangerouslyBypassApprovalsAndSandbox: true,
      extraArgs: ['--ephemeral'],
    }
    const options = ['--model', 'gpt-x', '-c', 'web_search="live"', '--dangerously-bypass-approvals-and-sandbox']
    const common = ['exec', '--json', '--skip-git-repo-check', ...options, '--ephemeral']
    const first = replay({ says: 'text', config })
    await first.outcome
    expect(first.calls()).toEqual([{ args: [...common, '-'], stdin: 'Go on.' }])
    const second = replay({ says: 'resumed', config, given: { sessionId: 'abc' } })
    await second.outcome
    expect(second.calls()).toEqual([{ args: [...common, 'resume', 'abc', '-'], stdin: 'Go on.' }])
  })

  it("counts only this run's increase of the total of a resumed thread", async () => {
    const { stdout } = readRecording(new URL('fixtures/recorded/resumed.jsonl', import.meta.url))
    const sessionId = JSON.parse(stdout[0] ?? '').thread_id
    const given = { sessionId, sessionUsage: usage(100, 1000, 20) }
    const outcome = await replay({ says: 'resumed', given }).outcome
    expect(outcome).toMatchObject({ sessionId, usage: usage(100, 1000, 20), sessionUsage: usage(200, 2000, 40) })
    expect(outcome.charges).toEqual([{ provider: 'openai', model: null, usage: usage(100, 1000, 20), costUsd: null }])
  })

  it.each([
    ['another thread', 'other', usage(100, 1000, 20)],
    ['a total below the one before', 't1', usage(500, 1000, 20)],
    ['a thread whose total nobody knows', 't1', null],
  ])('counts all of %s', async (_what, sessionId, sessionUsage) => {
    const says = { lines: [thread, turn(1100, 1000, 20)] }
    expect(await replay({ says, given: { sessionId, sessionUsage } }).outcome).toMatchObject({
      usage: usage(100, 1000, 20),
      sessionUsage: usage(100, 1000, 20),
    })
  })

  it('reports the end of a reached limit', async () => {
    expect(await replay({ says: 'rate-limit' }).outcome).toMatchObject({
      end: 'failed',
      errorCode: 'nonzero_exit',
      error: expect.stringMatching(/^Codex failed: You’ve hit your usage limit\. .* try again at \d+:\d\d [AP]M\.$/),
    })
  })

  it('is started once more without a thread that the program does not know', async () => {
    const given = { sessionId: 'gone', sessionUsage: usage(1, 1, 1) }
    const run = replay({ says: 'text', saysResumed: 'unknown-session', given })
    expect(await run.outcome).toMatchObject({ end: 'succeeded', usage: usage(100, 1000, 20) })
    expect(run.calls().map((call) => call.args.includes('resume'))).toEqual([true, false])
    expect(run.warnings()).toEqual(['Codex no longer knows the session gone: starting a new one.'])
  })

  it('is not started again once its thread has started, whatever its tools print', async () => {
    const saysResumed = { lines: [thread], exitCode: 1, stderr: 'no rollout found for thread id another\n' }
    const run = replay({ says: 'text', saysResumed, given: { sessionId: 't1' } })
    expect(await run.outcome).toMatchObject({ end: 'failed', errorCode: 'nonzero_exit' })
    expect(run.calls()).toHaveLength(1)
  })

  it('fails in the words of the API, without their wrapping', async () => {
    const error = 'Codex failed: The stand-in was told to fail.'
    expect(await replay({ says: 'failing-api' }).outcome).toMatchObject({
      errorCode: 'nonzero_exit',
      error,
      usage: null,
    })
  })

  it('reports its reconnects, and is a success when they helped', async () => {
    const trouble = { type: 'error', message: 'Reconnecting... 1/5 (429 Too Many Requests)' }
    const run = replay({ says: { lines: [thread, trouble, turn(10, 0, 1)] } })
    expect(await run.outcome).toMatchObject({ end: 'succeeded', usage: usage(10, 0, 1) })
    expect(run.warnings()).toEqual(['Codex: Reconnecting... 1/5 (429 Too Many Requests)'])
  })

  it('is an output_parse_error where the program exits with 0 without a finished turn', async () => {
    expect(await replay({ says: { lines: [thread, '{"type":"turn.completed"'] } }).outcome).toMatchObject({
      end: 'failed',
      errorCode: 'output_parse_error',
    })
  })

  it('keeps its outcome where figures are invalid, with warnings', async () => {
    const run = replay({ says: { lines: [thread, turn(-5, 0, 'many')] } })
    expect(await run.outcome).toMatchObject({ end: 'succeeded', usage: { outputTokens: 0 } })
    expect(run.warnings().length).toBeGreaterThan(0)
  })
})

describe('the check of Codex', () => {
  it('looks for a way to sign in', async () => {
    const home = mkdtempSync(join(tmpdir(), 'reveille-home-'))
    const signIn = async (env: Record<string, unknown>) => {
      const config = codexConfigSchema.parse({ command: process.execPath, cwd: home, env: { HOME: home, ...env } })
      return (await check(config)).find(({ name }) => name === 'sign-in')?.level
    }
    expect(await signIn({})).toBe('warn')
    expect(await signIn({ CODEX_API_KEY: { secret: 'KEY' } })).toBe('info')
    mkdirSync(join(home, '.codex'))
    writeFileSync(join(home, '.codex', 'auth.json'), '{}')
    expect(await signIn({})).toBe('info')
  })
})
