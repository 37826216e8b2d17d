import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { processFacts } from '@/scripts/process-lock.mjs'
import { removeLeftFolders } from './programs'

test('what a killed test run left is removed, and nothing of one that goes on', async () => {
  const child = spawn('true')
  await once(child, 'exit')
  const parent = mkdtempSync(join(tmpdir(), 'reveille-left-'))
  const mine = `programs-${process.pid}-abc`
  for (const name of [`programs-${child.pid}-abc`, `fifth-${child.pid}-abc`, 'programs-x3jAZI', mine, 'clis'])
    mkdirSync(join(parent, name, 'inner'), { recursive: true })
  removeLeftFolders(parent)
  expect(readdirSync(parent).sort()).toEqual(['clis', mine])
  rmSync(parent, { recursive: true })
})

test('a process without arguments, as one is that exits, does not count as living', async () => {
  // The kernel shows of one that exits what it shows of one that was begun without any.
  const child = spawn('cat', [], { argv0: '', stdio: ['pipe', 'ignore', 'ignore'] })
  await once(child, 'spawn')
  expect(processFacts(process.pid)).toMatchObject({ command: expect.stringContaining('node') })
  await expect.poll(() => processFacts(child.pid ?? 0)).toBeNull()
  child.kill()
  await once(child, 'exit')
})
