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

/** A program as a runner that died would have left it: nobody waits for it. */
async function leftover(runId: string, name: string, ...args: string[]) {
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
  it('loses its program, its group and who left the group', async () => {
    const run = await leftover(randomUUID(), 'escaping.mjs', 'wait')
    expect(living([run.pid, run.escapee])).toHaveLength(2)
    expect(await killOrphans(run)).toBe(2)
    expect(living([run.pid, run.escapee])).toEqual([])
  })

  it('loses the rest of its group when the program itself is gone', async () => {
    const run = await leftover(randomUUID(), 'forking.sh', 'leave', 'quiet')
    await until(() => run.child.exitCode !== null)
    const members = await membersOf(run.pid)
    expect(members).toHaveLength(2)
    expect(await killOrphans(run)).toBe(2)
    expect(living(members)).toEqual([])
  })

  it('is found by its id alone when the pid was never stored', async () => {
    const run = await leftover(randomUUID(), 'stubborn.sh')
    expect(await killOrphans({ pid: null, startedTicks: null, runId: run.runId })).toBeGreaterThan(0)
    expect(living([run.pid])).toEqual([])
  })

  it('does not touch a process that was given its pid since', async () => {
    const other = await leftover(randomUUID(), 'stubborn.sh')
    const gone = { pid: other.pid, startedTicks: String(Number(other.startedTicks) - 1), runId: randomUUID() }
    expect(await killOrphans(gone)).toBe(0)
    expect(await killOrphans({ ...gone, startedTicks: null })).toBe(0)
    expect(living([other.pid])).toEqual([other.pid])
  })

  it('is nothing to do when all of it has gone', async () => {
    expect(await killOrphans({ pid: 2 ** 30, startedTicks: '1', runId: randomUUID() })).toBe(0)
  })
})

describe('the processes that carry a run id', () => {
  it('are told apart by the whole id and the whole name', () => {
    expect(runIdIn('A=1\0REVEILLE_RUN_ID=r1\0B=2\0')).toBe('r1')
    expect(runIdIn('REVEILLE_RUN_ID=r1')).toBe('r1')
    expect(runIdIn('OLD_REVEILLE_RUN_ID=r1\0B=REVEILLE_RUN_ID=r1\0')).toBe(null)
  })

  it('are looked at anew once their pid may have been given out again', () => {
    const givenOut = (since: number, newest: number) =>
      [1, 5, 6, 8, 9].filter((pid) => isAssignedBetween(pid, since, newest))
    expect(givenOut(5, 8)).toEqual([6, 8])
    expect(givenOut(8, 5)).toEqual([1, 5, 9])
    expect(givenOut(5, 5)).toEqual([])
  })

  it('are found for many runs that end at once, and only their own', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => leftover(randomUUID(), 'stubborn.sh')))
    const found = await Promise.all(runs.map((run) => findByMarker(run.runId)))
    found.forEach((pids, index) => {
      expect(pids).toContain(runs[index]?.pid)
      expect(pids.filter((pid) => runs.some((run, other) => other !== index && run.pid === pid))).toEqual([])
    })
    await Promise.all(runs.map((run) => killOrphans(run)))
    expect(await Promise.all(runs.map((run) => findByMarker(run.runId)))).toEqual([[], [], []])
  })

  it('are found though hundreds of other processes came and went between the scans', async () => {
    await findByMarker('nobody')
    const busy = Array.from({ length: 30 }, () => startChild({ command: 'sh', args: ['-c', 'true & true & wait'] }))
    const runs = Array.from({ length: 5 }, () => startChild(fixtureCommand('escaping.mjs', 'leave', 'quiet')))
    for (const run of runs) expect(await run.end).toMatchObject({ endedBy: 'exit', survivorsKilled: 1 })
    for (const run of busy) expect(await run.end).toMatchObject({ endedBy: 'exit', survivorsKilled: 0 })
  })

  it('are found by ps where there is no /proc', async () => {
    const run = await leftover(randomUUID(), 'escaping.mjs', 'wait')
    const markers = markersFromPs(await ps(psWithEnvironment))
    expect(markers.get(run.pid)).toBe(run.runId)
    expect(markers.get(run.escapee)).toBe(run.runId)
    const listed = tableFromPs(await ps(psTable)).filter(({ group, dead }) => group === run.pid && !dead)
    expect(listed.map(({ pid }) => pid)).toEqual(await membersOf(run.pid))
    await killOrphans(run)
  })
})
