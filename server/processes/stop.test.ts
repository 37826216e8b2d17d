import { describe, expect, it } from 'vitest'
import { fixtureCommand, living, startChild, until } from './fixtures/run-fixture'
import { libc } from './libc'
import { hasProc, signalTo } from './process-table'

/** Where the C library starts programs, their streams are pipes that the kernel names. */
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

  it('kills a program that ignores SIGTERM after the grace period, with its children', async () => {
    const child = startChild({ ...fixtureCommand('stubborn.sh'), graceMs: 500 })
    await child.said('ready')
    const stoppedAt = performance.now()
    child.stop()
    expect(await child.end).toMatchObject({ endedBy: 'stopped', exitCode: null, signal: 'SIGKILL' })
    expect(performance.now() - stoppedAt).toBeGreaterThan(495)
    expect(living(child.pids)).toEqual([])
  })

  it('gives grandchildren the grace period after the program has ended', async () => {
    const child = startChild({ ...fixtureCommand('outliving.sh'), graceMs: 10_000 })
    await child.said('ready')
    child.stop()
    expect(await child.end).toEqual({ endedBy: 'stopped', exitCode: 0, signal: null, survivorsKilled: 0 })
    expect(child.output.stdout).toBe('ready\ntidied\n')
  })

  it('kills a process that ignores SIGTERM also where only its group identifies it', async () => {
    const child = startChild(fixtureCommand('nameless.sh', 'wait'))
    const nameless = await child.said('nameless')
    child.stop()
    expect(await child.end).toEqual({ endedBy: 'stopped', exitCode: null, signal: 'SIGTERM', survivorsKilled: 1 })
    expect(living([nameless])).toEqual([])
  })

  it('kills a process that has left the group', async () => {
    const child = startChild(fixtureCommand('escaping.mjs', 'wait', 'loud'))
    const escapee = await child.said('escapee')
    child.stop()
    expect(await child.end).toEqual({ endedBy: 'stopped', exitCode: null, signal: 'SIGTERM', survivorsKilled: 1 })
    expect(living([escapee])).toEqual([])
  })

  it.runIf(hasProc)('kills a descendant that has left the group and has no marker of the run', async () => {
    const child = startChild(fixtureCommand('escaping.mjs', 'wait', 'quiet', 'bare'))
    const escapee = await child.said('escapee')
    child.stop()
    expect(await child.end).toEqual({ endedBy: 'stopped', exitCode: null, signal: 'SIGTERM', survivorsKilled: 1 })
    expect(living([escapee])).toEqual([])
  })

  it.runIf(hasPipes)('kills one whose parent has ended as well, but that holds the output open', async () => {
    const script = `${quoted(fixtureCommand('escaping.mjs', 'leave', 'loud', 'bare'))}; sleep 300`
    const child = startChild({ command: 'sh', args: ['-c', script] })
    const escapee = await child.said('escapee')
    child.stop()
    expect(await child.end).toEqual({ endedBy: 'stopped', exitCode: null, signal: 'SIGTERM', survivorsKilled: 1 })
    expect(living([escapee])).toEqual([])
  })

  it('starts nothing when the stop came before the start', async () => {
    const child = startChild({ command: 'true', signal: AbortSignal.abort('cancelled') })
    expect(await child.end).toEqual({ endedBy: 'stopped', exitCode: null, signal: null, survivorsKilled: 0 })
    expect(child.pids).toEqual([])
  })

  it('gives no grace period when the lease is lost', async () => {
    const child = startChild({ ...fixtureCommand('stubborn.sh'), graceMs: 60_000 })
    await child.said('ready')
    child.stop('lease_lost')
    expect(await child.end).toMatchObject({ endedBy: 'stopped', signal: 'SIGKILL' })
    expect(living(child.pids)).toEqual([])
  })

  it('ends the program after its time limit, as a timeout', async () => {
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

  it('records the first cause: a stop after the exit stays an exit, and ends the reading of the output', async () => {
    const child = startChild(fixtureCommand('forking.sh', 'leave', 'loud'))
    await child.said('child')
    await until(() => signalTo(child.pids[0] ?? 0, 0) === 'gone')
    child.stop()
    const stoppedAt = performance.now()
    expect(await child.end).toEqual({ endedBy: 'exit', exitCode: 0, signal: null, survivorsKilled: 2 })
    expect(performance.now() - stoppedAt).toBeLessThan(5000)
  })
})
