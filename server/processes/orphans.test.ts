import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { findByMarker, markersFromPs, psWithEnvironment, runIdIn } from './by-marker'
import { fixtureCommand, living, startChild, until } from './fixtures/run-fixture'
import { membersOf, psTable, tableFromPs } from './groups'
import { killOrphans } from './orphans'
import { isAssignedBetween } from './pid-window'
import { ps, startedTicksOf } from './process-table'

const groups: number[] = []

/** A program as a dead runner leaves it: no process waits for its exit. */
async function orphan(runId: string, name: string, ...args: string[]) {
  const { command, args: all } = fixtureCommand(name, ...args)
  const env = { ...process.env, REVEILLE_RUN_ID: runId }
  const child = spawn(command, all, { env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  const pid = Number(child.pid)
  groups.push(pid)
  let text = ''
  child.stdout.on('data', (bytes) => {
    text += bytes
  })
  await until(() => text.includes('grandchild') || (name !== 'forking.sh' && text.includes('\n')))
  return { pid, runId, startedTicks: startedTicksOf(pid), child, escapee: Number(/escapee (\d+)/.exec(text)?.[1]) }
}

afterEach(() => {
  for (const group of groups.splice(0)) {
    try {
      process.kill(-group, 'SIGKILL')
    } catch {}
  }
})

describe('a run whose runner has died', () => {
  it('has its program, its group and processes that left the group killed', async () => {
    const run = await orphan(randomUUID(), 'escaping.mjs', 'wait')
    expect(living([run.pid, run.escapee])).toHaveLength(2)
    expect(await killOrphans(run)).toBe(2)
    expect(living([run.pid, run.escapee])).toEqual([])
  })

  it('has the rest of its group killed when the program itself has ended', async () => {
    const run = await orphan(randomUUID(), 'forking.sh', 'leave', 'quiet')
    await until(() => run.child.exitCode !== null)
    const members = await membersOf(run.pid)
    expect(members).toHaveLength(2)
    expect(await killOrphans(run)).toBe(2)
    expect(living(members)).toEqual([])
  })

  it('is found by its id alone when the pid was never stored', async () => {
    const run = await orphan(randomUUID(), 'stubborn.sh')
    expect(await killOrphans({ pid: null, startedTicks: null, runId: run.runId })).toBeGreaterThan(0)
    expect(living([run.pid])).toEqual([])
  })

  it('does not touch another process that got its pid later', async () => {
    const other = await orphan(randomUUID(), 'stubborn.sh')
    const ended = { pid: other.pid, startedTicks: String(Number(other.startedTicks) - 1), runId: randomUUID() }
    expect(await killOrphans(ended)).toBe(0)
    expect(await killOrphans({ ...ended, startedTicks: null })).toBe(0)
    expect(living([other.pid])).toEqual([other.pid])
  })

  it('needs nothing killed when all its processes have ended', async () => {
    expect(await killOrphans({ pid: 2 ** 30, startedTicks: '1', runId: randomUUID() })).toBe(0)
  })
})

describe('the processes with a run id in their environment', () => {
  it('are distinguished by the complete id and the complete name of the variable', () => {
    expect(runIdIn('A=1\0REVEILLE_RUN_ID=r1\0B=2\0')).toBe('r1')
    expect(runIdIn('REVEILLE_RUN_ID=r1')).toBe('r1')
    expect(runIdIn('OLD_REVEILLE_RUN_ID=r1\0B=REVEILLE_RUN_ID=r1\0')).toBe(null)
  })

  it('are read again once their pid may have been reassigned', () => {
    const assigned = (since: number, newest: number) =>
      [1, 5, 6, 8, 9].filter((pid) => isAssignedBetween(pid, since, newest))
    expect(assigned(5, 8)).toEqual([6, 8])
    expect(assigned(8, 5)).toEqual([1, 5, 9])
    expect(assigned(5, 5)).toEqual([])
  })

  it('are found for many runs that end at once, and only their own', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => orphan(randomUUID(), 'stubborn.sh')))
    const found = await Promise.all(runs.map((run) => findByMarker(run.runId)))
    found.forEach((pids, index) => {
      expect(pids).toContain(runs[index]?.pid)
      expect(pids.filter((pid) => runs.some((run, other) => other !== index && run.pid === pid))).toEqual([])
    })
    await Promise.all(runs.map((run) => killOrphans(run)))
    expect(await Promise.all(runs.map((run) => findByMarker(run.runId)))).toEqual([[], [], []])
  })

  it('are found even when hundreds of other processes start and end between the scans', async () => {
    await findByMarker('nobody')
    const busy = Array.from({ length: 30 }, () => startChild({ command: 'sh', args: ['-c', 'true & true & wait'] }))
    const runs = Array.from({ length: 5 }, () => startChild(fixtureCommand('escaping.mjs', 'leave', 'quiet')))
    for (const run of runs) expect(await run.end).toMatchObject({ endedBy: 'exit', survivorsKilled: 1 })
    for (const run of busy) expect(await run.end).toMatchObject({ endedBy: 'exit', survivorsKilled: 0 })
  })

  it('are found by ps where there is no /proc', async () => {
    const run = await orphan(randomUUID(), 'escaping.mjs', 'wait')
    const markers = markersFromPs(await ps(psWithEnvironment))
    expect(markers.get(run.pid)).toBe(run.runId)
    expect(markers.get(run.escapee)).toBe(run.runId)
    const listed = tableFromPs(await ps(psTable)).filter(({ group, dead }) => group === run.pid && !dead)
    expect(listed.map(({ pid }) => pid)).toEqual(await membersOf(run.pid))
    await killOrphans(run)
  })
})
