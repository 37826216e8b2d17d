import { existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { launch } from './launch'
import { fillWindow, hasSpawnedNothing } from './pid-window'

test.each([
  ['no process has started since', [], 100, 100, true],
  ['only our processes have started since', [101, 102], 100, 102, true],
  ['one of them is not ours', [101, 103], 100, 103, false],
  ['the last one is not ours', [101], 100, 102, false],
  ['only other processes have started since', [], 100, 101, false],
  ['our earlier processes do not count', [99], 100, 101, false],
  ['one is recorded twice', [101, 101], 100, 102, false],
  ['one that the kernel has not reported yet', [101, 102], 100, 101, true],
  ['the kernel has wrapped around to its lowest pid', [301], 100, 50, false],
])('%s', (_what, pids, pid, newest, expected) => {
  expect(fillWindow(pids, pid, newest)).toBe(expected)
})

async function ended(script: string): Promise<number> {
  const command = { command: '/bin/sh', args: ['-c', script], cwd: '/', env: { PATH: process.env.PATH ?? '' } }
  const child = await launch(command)
  if (!('pid' in child)) throw new Error('it was not started')
  await Promise.all([text(child.stdout), text(child.stderr), child.exited])
  return child.pid
}

test('a program that has started another one is never mistaken for one that has not', async () => {
  for (let round = 0; round < 20; round++) expect(hasSpawnedNothing(await ended('/bin/true; exit 0'))).toBe(false)
  const pid = await ended('setsid sleep 2 >/dev/null 2>&1 &')
  expect(hasSpawnedNothing(pid)).toBe(false)
})

test('a program that this process has not started is never cleared', () => {
  expect(hasSpawnedNothing(process.pid)).toBe(false)
})

// Some kernels do not report their newest pid; all processes are scanned there.
test.runIf(existsSync('/proc/sys/kernel/ns_last_pid'))(
  'a program that has started no other is recognised',
  async () => {
    for (let round = 0; round < 200; round++) if (hasSpawnedNothing(await ended('exit 0'))) return
    throw new Error('Another process started on this machine each time.')
  },
)
