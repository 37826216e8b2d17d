import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { replayWith } from '@/server/adapters/testing/replay'
import { claudeLocalAdapter } from './adapter'
import { check } from './check'
import { claudeConfigSchema } from './config'

const replay = replayWith(claudeLocalAdapter, 'claude-local')
const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/)
const init = { type: 'system', subtype: 'init', session_id: 's1', model: 'm' }
const done = { type: 'result', subtype: 'success', is_error: false, session_id: 's1', result: 'Done.' }

describe('a run of Claude Code', () => {
  it('takes session, usage, cost and summary from the output of the program', async () => {
    const { outcome, seen } = replay({ says: 'text' })
    expect(await outcome).toMatchObject({
      end: 'succeeded',
      errorCode: null,
      exitCode: 0,
      summary: 'Hello from the stand-in.',
      sessionId: uuid,
      provider: 'anthropic',
      model: 'claude-opus-5-5',
      usage: { inputTokens: 110, outputTokens: 20, cachedInputTokens: 1000 },
      costUsd: 0.00105,
    })
    expect(seen.stdout).toContain('"subtype":"init"')
    expect(seen.events.map((event) => event.eventType)).toEqual(['adapter.invoke'])
  })

  it('is called as its config says, with the prompt on stdin', async () => {
    const config = {
      promptTemplate: 'Again {{agent.name}}: {{run.reason}} {{context.ticket}}',
      bootstrapPromptTemplate: 'Welcome to {{company.name}}.',
      model: 'sonnet',
      maxTurnsPerRun: 7,
      dangerouslySkipPermissions: true,
      extraArgs: ['--add-dir', '/srv'],
    }
    const given = { reason: 'news', context: { ticket: { id: 7 } } }
    const first = replay({ says: 'text', config, given })
    await first.outcome
    const common = ['--print', '--output-format', 'stream-json', '--verbose']
    const rights = ['--model', 'sonnet', '--max-turns', '7', '--dangerously-skip-permissions', '--add-dir', '/srv']
    expect(first.calls()).toEqual([{ args: [...common, ...rights], stdin: 'Welcome to Acme.' }])
    const second = replay({ says: 'resumed', config, given: { ...given, sessionId: 'abc' } })
    await second.outcome
    expect(second.calls()).toEqual([
      { args: [...common, '--resume', 'abc', ...rights], stdin: 'Again Ada: news {"id":7}' },
    ])
  })

  it('is started once more without a session that the program does not know', async () => {
    const run = replay({ says: 'text', saysResumed: 'unknown-session', given: { sessionId: 'gone' } })
    expect(await run.outcome).toMatchObject({ end: 'succeeded', sessionId: uuid, costUsd: 0.00105 })
    expect(run.calls().map((call) => call.args.includes('--resume'))).toEqual([true, false])
    expect(run.warnings()).toEqual(['Claude Code no longer knows the session gone: starting a new one.'])
  })

  it('reports a reached limit in the words of the API', async () => {
    const error = 'Claude Code failed: API Error: Request rejected (429) · The limit of the stand-in is reached.'
    expect(await replay({ says: 'rate-limit' }).outcome).toMatchObject({
      end: 'failed',
      errorCode: 'nonzero_exit',
      error,
    })
  })

  it('is not started again for any other failure of a resumed session', async () => {
    const run = replay({ says: 'text', saysResumed: 'failing-api', given: { sessionId: 'abc' } })
    const error = 'Claude Code failed: API Error: 400 The stand-in was told to fail.'
    expect(await run.outcome).toMatchObject({ end: 'failed', errorCode: 'nonzero_exit', exitCode: 1, error })
    expect(run.calls()).toHaveLength(1)
  })

  it('is not started again once its conversation has started, whatever its tools print', async () => {
    const saysResumed = {
      lines: [init, { type: 'assistant', session_id: 's1', message: { id: 'm', content: [] } }],
      exitCode: 1,
      stderr: 'No conversation found with session ID: another\n',
    }
    const run = replay({ says: 'text', saysResumed, given: { sessionId: 's1' } })
    expect(await run.outcome).toMatchObject({ end: 'failed', errorCode: 'nonzero_exit' })
    expect(run.calls()).toHaveLength(1)
  })

  it('does not accept an option as a session', async () => {
    const run = replay({ says: 'text', given: { sessionId: '--dangerously-skip-permissions' } })
    expect(await run.outcome).toMatchObject({ end: 'succeeded' })
    expect(run.calls()[0]?.args).toEqual(['--print', '--output-format', 'stream-json', '--verbose'])
  })

  it('fails with resume_session_invalid where a session from its arguments is unknown', async () => {
    expect(await replay({ says: 'unknown-session' }).outcome).toMatchObject({
      end: 'failed',
      errorCode: 'resume_session_invalid',
      sessionId: null,
      usage: null,
    })
  })

  it('is not a success where the program reports an error, whatever its exit code', async () => {
    const says = { lines: [init, { ...done, is_error: true, result: 'No credit left.' }] }
    expect(await replay({ says }).outcome).toMatchObject({
      end: 'failed',
      errorCode: 'adapter_failed',
      error: 'Claude Code failed: No credit left.',
      exitCode: 0,
    })
  })

  it('is an output_parse_error where the program exits with 0 without a result', async () => {
    const run = replay({ says: { lines: [init, 'no JSON', '{"type":"result"'] } })
    expect(await run.outcome).toMatchObject({ end: 'failed', errorCode: 'output_parse_error', sessionId: 's1' })
  })

  it('fails with the last line of stderr where there is no other reason', async () => {
    const says = { lines: [], exitCode: 1, stderr: 'one\n\u001b[31mInvalid flag --foo\u001b[0m\n\n' }
    const error = 'The program exited with code 1: Invalid flag --foo.'
    expect(await replay({ says }).outcome).toMatchObject({ errorCode: 'nonzero_exit', error })
  })

  it.each([
    [
      [
        { type: 'rate_limit_event', rate_limit_info: { status: 'rejected', resetsAt: 1_795_000_000 } },
        { ...done, is_error: true, result: 'You have hit your limit' },
      ],
      'Claude Code failed: You have hit your limit (the limit ends at 2026-11-18 11:06 UTC).',
    ],
    [
      [{ ...done, is_error: true, result: 'Claude AI usage limit reached|1795000000' }],
      'Claude Code failed: Claude AI usage limit reached until 2026-11-18 11:06 UTC.',
    ],
  ])('reports the end of a limit', async (lines, error) => {
    expect(await replay({ says: { lines: [init, ...lines], exitCode: 1 } }).outcome).toMatchObject({ error })
  })

  it('reports an unreachable API while the program retries, and as the reason of a timeout', async () => {
    const retry = { type: 'system', subtype: 'api_retry', attempt: 2, max_retries: 10, retry_delay_ms: 1244.5 }
    const says = { lines: [init, { ...retry, error_status: 429, error: 'rate_limit' }] }
    const run = replay({ says, hangs: true, config: { timeoutSec: 1, graceSec: 0 } })
    const { end, error } = await run.outcome
    expect(run.warnings()).toEqual([
      'Claude Code could not reach its API (429 rate_limit); trying again in 2 s (2 of 10).',
    ])
    expect(end).toBe('timed_out')
    expect(error).toBe(
      'The program did not end within 1 second and was stopped. Claude Code failed: its API could not be reached (429 rate_limit).',
    )
  })
})

describe('the config of Claude Code', () => {
  it('needs nothing', () => {
    expect(claudeConfigSchema.parse({})).toEqual({
      command: 'claude',
      promptTemplate: expect.stringContaining('{{agent.name}}'),
      maxTurnsPerRun: 0,
      dangerouslySkipPermissions: false,
      env: {},
      extraArgs: [],
      timeoutSec: 1800,
      graceSec: 20,
    })
  })
})

describe('the check of Claude Code', () => {
  const home = mkdtempSync(join(tmpdir(), 'reveille-home-'))
  const checks = (config: Record<string, unknown>) =>
    check(claudeConfigSchema.parse({ command: process.execPath, cwd: home, ...config }))

  it('runs the program for its version', async () => {
    expect(await checks({})).toContainEqual({ name: 'version', level: 'info', message: process.version })
    const broken = { name: 'version', level: 'error', message: expect.stringContaining('--version failed') }
    expect(await checks({ command: 'false' })).toContainEqual(broken)
    expect((await checks({ command: 'no-such-claude' })).map(({ name, level }) => [name, level])).toEqual([
      ['command', 'error'],
      ['directory', 'info'],
      ['sign-in', expect.any(String)],
    ])
  })

  it('looks for a way to sign in', async () => {
    const signIn = async (env: Record<string, unknown>) =>
      (await checks({ env: { HOME: home, ...env } })).find(({ name }) => name === 'sign-in')
    expect(await signIn({})).toMatchObject({ level: 'warn' })
    expect(await signIn({ ANTHROPIC_API_KEY: { secret: 'KEY' } })).toMatchObject({ level: 'info' })
    writeFileSync(join(home, '.credentials.json'), '{}')
    expect(await signIn({ CLAUDE_CONFIG_DIR: home })).toMatchObject({ level: 'info' })
  })
})
