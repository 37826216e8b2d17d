import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { hasProc } from './process-table'
import { createSharedScan } from './shared-scan'
import { visitPids } from './visit-pids'

function spin(ms: number) {
  for (const since = performance.now(); performance.now() - since < ms; );
}

describe('a shared scan', () => {
  it('serves all callers that asked before it started', async () => {
    let scans = 0
    const ask = createSharedScan(async () => ++scans)
    expect(await Promise.all(Array.from({ length: 100 }, ask))).toEqual(Array(100).fill(1))
    expect(await ask()).toBe(2)
  })

  it('is never older than the call: a caller during a scan gets the next one', async () => {
    let started = 0
    let finish = () => {}
    const ask = createSharedScan(async () => {
      started += 1
      const mine = started
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return mine
    })
    const first = ask()
    while (started === 0) await sleep(1)
    const late = [ask(), ask()]
    await sleep(20)
    expect(started).toBe(1)
    finish()
    expect(await first).toBe(1)
    while (started === 1) await sleep(1)
    finish()
    expect(await Promise.all(late)).toEqual([2, 2])
  })

  it('fails for the callers that it serves, and not for later ones', async () => {
    let scans = 0
    const ask = createSharedScan(async () => {
      scans += 1
      if (scans === 1) throw new Error('no table')
      return scans
    })
    await expect(Promise.all([ask(), ask()])).rejects.toThrow('no table')
    expect(await ask()).toBe(2)
  })

  it('yields to the event loop every few milliseconds', async () => {
    const ask = createSharedScan(async (yieldIfDue) => {
      for (let step = 0; step < 30; step++) {
        spin(3)
        await yieldIfDue()
      }
    })
    let turns = 0
    let isDone = false
    const count = () => {
      turns += 1
      if (!isDone) setImmediate(count)
    }
    count()
    await ask()
    isDone = true
    expect(turns).toBeGreaterThan(30)
  })
})

it.runIf(hasProc)('a visit of all pids includes processes that start during it', async () => {
  const seen: number[] = []
  let child: ReturnType<typeof spawn> | undefined
  await visitPids(
    () => undefined,
    (pid) => {
      child ??= spawn('sleep', ['60'], { stdio: 'ignore' })
      seen.push(pid)
    },
  )
  child?.kill('SIGKILL')
  expect(seen.filter((pid) => pid === child?.pid)).toHaveLength(1)
})
