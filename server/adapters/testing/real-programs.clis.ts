import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Adapter } from '@/server/adapters/adapter'
import { claudeLocalAdapter } from '@/server/adapters/claude-local/adapter'
import { codexLocalAdapter } from '@/server/adapters/codex-local/adapter'
import { findByMarker } from '@/server/processes/by-marker'
import { living, until } from '@/server/processes/fixtures/run-fixture'
import { type Given, startExecution } from './execution'
import { createWorkspace, obeyPrompt, realPrograms } from './real-programs'
import { record } from './recording'
import { startStandIn } from './stand-in'

const standIn = await startStandIn(obeyPrompt)
const place = createWorkspace(standIn.url)
afterAll(async () => {
  place.remove()
  await standIn.close()
})

const programs: [string, 'claude' | 'codex', Adapter<never>, Record<string, unknown>][] = [
  ['Claude Code', 'claude', claudeLocalAdapter as Adapter<never>, { dangerouslySkipPermissions: true }],
  ['Codex', 'codex', codexLocalAdapter as Adapter<never>, { dangerouslyBypassApprovalsAndSandbox: true }],
]

describe.each(programs)('%s itself', (_label, name, adapter, rights) => {
  const folder = name === 'claude' ? 'claude-local' : 'codex-local'
  const base = { command: realPrograms[name], cwd: place.project, env: place.env, graceSec: 5, ...rights }

  function start(prompt: string, given: Given = {}) {
    return startExecution(adapter, { ...base, promptTemplate: prompt }, given)
  }
  const keep = (what: string, run: ReturnType<typeof start>) =>
    record(new URL(`../${folder}/fixtures/recorded/${what}.jsonl`, import.meta.url), run, place)

  it('answers with a text, its session and its usage', async () => {
    const run = start('greet')
    expect(await run.outcome).toMatchObject({
      end: 'succeeded',
      summary: 'Hello from the stand-in.',
      sessionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      usage: { inputTokens: name === 'claude' ? 110 : 100, outputTokens: 20, cachedInputTokens: 1000 },
      survivorsKilled: 0,
    })
  })

  it('runs a command that writes a file', async () => {
    const run = start('run: echo written by the agent > made.txt; cat made.txt')
    expect(await run.outcome).toMatchObject({ end: 'succeeded', summary: 'Done.' })
    expect(readFileSync(join(place.project, 'made.txt'), 'utf8')).toBe('written by the agent\n')
    await keep('tool', run)
  })

  it('fails in the words of the API', async () => {
    const run = start('fail: 400')
    expect(await run.outcome).toMatchObject({
      end: 'failed',
      errorCode: 'nonzero_exit',
      error: expect.stringContaining('The stand-in was told to fail.'),
    })
    await keep('failing-api', run)
  })

  it('fails where a rate limit is reached, and says until when where the program knows', async () => {
    const run = start('limit')
    const error =
      name === 'claude'
        ? /\(429\) · The limit of the stand-in is reached\.$/
        : /usage limit\..* try again at .*\d+:\d\d [AP]M\.$/
    expect(await run.outcome).toMatchObject({ end: 'failed', error: expect.stringMatching(error) })
    await keep('rate-limit', run)
  })

  it('goes on with a session, and tells what this run has used', async () => {
    const before = start('greet')
    const first = await before.outcome
    expect(first).toMatchObject({ end: 'succeeded', usage: { outputTokens: 20 } })
    await keep('text', before)
    const second = start('greet', { sessionId: first.sessionId, sessionUsage: first.sessionUsage ?? null })
    const outcome = await second.outcome
    expect(outcome).toMatchObject({ end: 'succeeded', sessionId: first.sessionId, usage: first.usage ?? {} })
    expect(standIn.asked.at(-1)?.prompt).toContain('greet')
    await keep('resumed', second)
  })

  it('begins a new session where it does not know the one it is given', async () => {
    const unknown = '11111111-2222-4333-8444-555555555555'
    const run = start('greet', { sessionId: unknown })
    const outcome = await run.outcome
    expect(outcome).toMatchObject({ end: 'succeeded', summary: 'Hello from the stand-in.' })
    expect(outcome.sessionId).not.toBe(unknown)
    expect(run.warnings()[0]).toContain('no longer knows the session')
    const invoked = run.seen.events.filter((event) => event.eventType === 'adapter.invoke')
    expect(invoked.map((event) => event.payload?.sessionId)).toEqual([unknown, null])
  })

  it('says so where it does not know a session that it was told of by its arguments', async () => {
    const unknown = '11111111-2222-4333-8444-555555555555'
    const extraArgs = name === 'claude' ? ['--resume', unknown] : ['resume', unknown]
    const run = startExecution(adapter, { ...base, promptTemplate: 'greet', extraArgs })
    expect(await run.outcome).toMatchObject({ end: 'failed', errorCode: 'resume_session_invalid', sessionId: null })
    await keep('unknown-session', run)
  })

  it.runIf(name === 'claude')('stops after as many turns as it may take', async () => {
    const run = startExecution(adapter, { ...base, promptTemplate: 'run: true', maxTurnsPerRun: 1 })
    const error = 'Claude Code failed: Reached maximum number of turns (1).'
    expect(await run.outcome).toMatchObject({
      end: 'failed',
      errorCode: 'nonzero_exit',
      error,
      usage: { outputTokens: 20 },
    })
    await keep('max-turns', run)
  })

  it('is gone with everything it started when it is cancelled in the middle of a command', async () => {
    const flag = join(place.project, `${name}-began`)
    const run = start(`run: echo $$ > ${flag}; sleep 300`)
    await until(() => existsSync(flag) && readFileSync(flag, 'utf8') !== '')
    const pids = await findByMarker(run.run.id, { fresh: true })
    expect(pids.length).toBeGreaterThan(1)
    run.stop('cancelled')
    expect(await run.outcome).toMatchObject({ end: 'stopped' })
    await keep('cancelled', run)
    expect(living(pids)).toEqual([])
    expect(await findByMarker(run.run.id, { fresh: true })).toEqual([])
  })

  it('passes its check', async () => {
    const checks = await adapter.check(adapter.config.parse(base) as never)
    expect(checks.filter((check) => check.level === 'error')).toEqual([])
    expect(checks.find((check) => check.name === 'version')?.message).toMatch(/\d+\.\d+\.\d+/)
  })
})
