import { describe, expect, it } from 'vitest'
import { fixtureCommand, living, startChild, until } from './fixtures/run-fixture'
import { libc } from './libc'
import { hasProc, signalTo } from './process-table'

/** Where the C library starts programs, their streams are pipes, which the kernel names. */
const hasPipes = hasProc && libc !== null
const quoted = ({ command, args }: { command: string; args: string[] }) =>
  [command, ...args].map((word) => `'${word}'`).join(' ')

describe('stopping a program', () => {
  it('ends by SIGTERM, and its group with it', async () => {
    const child = startChild({ ...fixtureCommand('forking.sh', 'wait', 'quiet'), graceMs: 10_000 })
    const pids = [await child.said('grandchild'), await child.said('child')]
    expect(living(pids)).toEqual(pids)
    child.stop()
    expect(await child.end).toEqual({ endedBy: 'stopped', exitCode: null, signal: 'SIGTERM', survivorsKilled: 0 })
    expect(living([...pids, ...child.pids])).toEqual([])
  })

  it('kills one that ignores SIGTERM when the grace is over, children too', async () => {
    const child = startChild({ ...fixtureCommand('stubborn.sh'), graceMs: 500 })
    await child.said('ready')
    const stoppedAt = performance.now()
    child.stop()
    expect(await child.end).toMatchObject({ endedBy: 'stopped', exitCode: null, signal: 'SIGKILL' })
    expect(performance.now() - stoppedAt).toBeGreaterThan(495)
    expect(living(child.pids)).toEqual([])
  })

  it('leaves the grace to grandchildren after the program has gone', async () => {
    const child = startChild({ ...fixtureCommand('outliving.sh'), graceMs: 10_000 })
    await child.said('ready')
    child.stop()
    expect(await child.end).toEqual({ endedBy: 'stopped', exitCode: 0, signal: null, survivorsKilled: 0 })
    expect(child.output.stdout).toBe('ready\ntidied\n')
  })

  it('kills who ignores SIGTERM in the group also where only the group tells whose it is', async () => {
    const child = startChild(fixtureCommand('nameless.sh', 'wait'))
    const nameless = await child.said('nameless')
    child.stop()
    expect(await child.end).toEqual({ endedBy: 'stopped', exitCode: null, signal: 'SIGTERM', survivorsKilled: 1 })
    expect(living([nameless])).toEqual([])
  })

  it('reaches who left the group', async () => {
    const child = startChild(fixtureCommand('escaping.mjs', 'wait', 'loud'))
    const escapee = await child.said('escapee')
    child.stop()
    expect(await child.end).toEqual({ endedBy: 'stopped', exitCode: null, signal: 'SIGTERM', survivorsKilled: 1 })
    expect(living([escapee])).toEqual([])
  })

  it.runIf(hasProc)('reaches who left the group and bears no mark of the run, below the program', async () => {
    const child = startChild(fixtureCommand('escaping.mjs', 'wait', 'quiet', 'bare'))
    const escapee = await child.said('escapee')
    child.stop()
    expect(await child.end).toEqual({ endedBy: 'stopped', exitCode: null, signal: 'SIGTERM', survivorsKilled: 1 })
    expect(living([escapee])).toEqual([])
  })

  it.runIf(hasPipes)('and who was left by its parent as well, but holds the output', async () => {
    const script = `${quoted(fixtureCommand('escaping.mjs', 'leave', 'loud', 'bare'))}; sleep 300`
    const child = startChild({ command: 'sh', args: ['-c', script] })
    const escapee = await child.said('escapee')
    child.stop()
    expect(await child.end).toEqual({ endedBy: 'stopped', exitCode: null, signal: 'SIGTERM', survivorsKilled: 1 })
    expect(living([escapee])).toEqual([])
  })

  it('starts nothing when it was stopped before', async () => {
    const child = startChild({ command: 'true', signal: AbortSignal.abort('cancelled') })
    expect(await child.end).toEqual({ endedBy: 'stopped', exitCode: null, signal: null, survivorsKilled: 0 })
    expect(child.pids).toEqual([])
  })

  it('gives no grace when the lease is lost', async () => {
    const child = startChild({ ...fixtureCommand('stubborn.sh'), graceMs: 60_000 })
    await child.said('ready')
    child.stop('lease_lost')
    expect(await child.end).toMatchObject({ endedBy: 'stopped', signal: 'SIGKILL' })
    expect(living(child.pids)).toEqual([])
  })

  it('ends after its time, as a timeout', async () => {
    const child = startChild({ ...fixtureCommand('stubborn.sh'), timeoutMs: 300, graceMs: 100 })
    expect(await child.end).toMatchObject({ endedBy: 'timeout', exitCode: null, signal: 'SIGKILL' })
    expect(living(child.pids)).toEqual([])
  })

  it('records the first cause: a stop during a timeout stays a timeout', async () => {
    const script = 'trap "echo signalled" TERM; while :; do sleep 0.05; done'
    const child = startChild({ command: 'sh', args: ['-c', script], timeoutMs: 300, graceMs: 600 })
    await child.said('signalled')
    child.stop()
    expect(await child.end).toMatchObject({ endedBy: 'timeout' })
  })

  it('records the first cause: a stop after the exit stays an exit, and cuts the reading short', async () => {
    const child = startChild(fixtureCommand('forking.sh', 'leave', 'loud'))
    await child.said('child')
    await until(() => signalTo(child.pids[0] ?? 0, 0) === 'gone')
    child.stop()
    const began = performance.now()
    expect(await child.end).toEqual({ endedBy: 'exit', exitCode: 0, signal: null, survivorsKilled: 2 })
    expect(performance.now() - began).toBeLessThan(5000)
  })
})
