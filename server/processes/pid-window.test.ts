import { existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { launch } from './launch'
import { areAllOf, hasSpawnedNothing } from './pid-window'

test.each([
  ['nothing has begun since', [], 100, 100, true],
  ['only ours have begun since', [101, 102], 100, 102, true],
  ['one of them is not ours', [101, 103], 100, 103, false],
  ['the last one is not ours', [101], 100, 102, false],
  ['only others have begun since', [], 100, 101, false],
  ['ours from before do not count', [99], 100, 101, false],
  ['one is noted twice', [101, 101], 100, 102, false],
  ['one that the kernel has not told of yet', [101, 102], 100, 101, true],
  ['the kernel has begun again at its lowest number', [301], 100, 50, false],
])('%s', (_what, pids, pid, newest, expected) => {
  expect(areAllOf(pids, pid, newest)).toBe(expected)
})

async function ended(script: string): Promise<number> {
  const command = { command: '/bin/sh', args: ['-c', script], cwd: '/', env: { PATH: process.env.PATH ?? '' } }
  const child = await launch(command)
  if (!('pid' in child)) throw new Error('it was not started')
  await Promise.all([text(child.stdout), text(child.stderr), child.exited])
  return child.pid
}

test('a program that has started another one is never taken for one that has not', async () => {
  for (let round = 0; round < 20; round++) expect(hasSpawnedNothing(await ended('/bin/true; exit 0'))).toBe(false)
  const pid = await ended('setsid sleep 2 >/dev/null 2>&1 &')
  expect(hasSpawnedNothing(pid)).toBe(false)
})

test('a program that this process has not started is not known', () => {
  expect(hasSpawnedNothing(process.pid)).toBe(false)
})

// The kernels of some machines do not tell, and then every process is looked at.
test.runIf(existsSync('/proc/sys/kernel/ns_last_pid'))(
  'one that has started nothing is known by it, in time',
  async () => {
    for (let round = 0; round < 200; round++) if (hasSpawnedNothing(await ended('exit 0'))) return
    throw new Error('Something else began on this machine each time.')
  },
)
