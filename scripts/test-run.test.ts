import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { isAlive, signalTo } from '@/server/processes/process-table'
import { eventually } from '@/tests/eventually'

const testRun = join(dirname(fileURLToPath(import.meta.url)), 'test-run.ts')

/** A test run with processes that have a session of their own, and show that they belong to it in one way each. */
const program = `
  import { spawn } from 'node:child_process'
  import { once } from 'node:events'
  import { tmpdir } from 'node:os'
  const { startTestRun } = await import(${JSON.stringify(testRun)})
  startTestRun()
  const options = { detached: true, stdio: ['ignore', 'pipe', 'inherit'] }
  const bare = { ...options, env: { PATH: process.env.PATH } }
  const inBackground = ['-c', 'sleep 300 & echo $$ $!; wait', tmpdir()]
  const children = [spawn('sh', inBackground, options), spawn('sh', inBackground, bare)]
  if (process.platform === 'linux') children.push(spawn('sh', inBackground.slice(0, 2), { ...bare, cwd: tmpdir() }))
  const lines = await Promise.all(children.map(async (child) => String(await once(child.stdout, 'data'))))
  console.log(JSON.stringify({ folder: tmpdir(), pids: lines.join(' ').trim().split(/\\s+/).map(Number) }))
  setInterval(() => {}, 1000)
`
const started: number[] = []
afterAll(() => {
  for (const pid of started) signalTo(pid, 'SIGKILL')
})

async function startRun() {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
  const line = await eventually(() => output.includes('\n') && output, 'the run tells what it started')
  const { folder, pids }: { folder: string; pids: number[] } = JSON.parse(line)
  started.push(child.pid ?? 0, ...pids)
  return { child, folder, pids }
}

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s to a test run leaves none of its processes, no folder, and other runs alone', async (signal, code) => {
  const other = await startRun()
  const { child, folder, pids } = await startRun()
  expect(pids.length).toBeGreaterThanOrEqual(4)
  expect(pids.every(isAlive)).toBe(true)
  child.kill(signal)
  expect(await once(child, 'exit')).toEqual([code, null])
  expect(pids.filter(isAlive)).toEqual([])
  expect(existsSync(folder)).toBe(false)
  expect(other.pids.every(isAlive)).toBe(true)
  other.child.kill(signal)
  await once(other.child, 'exit')
})
