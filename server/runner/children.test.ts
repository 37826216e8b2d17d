import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { afterAll, describe, expect, it } from 'vitest'
import { createChildren } from './children'
import { fixtureCommand, living, until } from './fixtures/run-fixture'
import type { ChildSpec } from './process'

const children = createChildren()
afterAll(() => children.stop())

function start(given: Partial<ChildSpec> & { command: string }) {
  const runId = randomUUID()
  const stopping = new AbortController()
  const pids: number[] = []
  const said: Buffer[] = []
  const end = children.run({
    runId,
    args: [],
    cwd: tmpdir(),
    env: { PATH: process.env.PATH ?? '', REVEILLE_RUN_ID: runId },
    timeoutMs: 30_000,
    graceMs: 300,
    signal: stopping.signal,
    append: (_stream, bytes) => void said.push(Buffer.from(bytes)),
    started: ({ pid }) => void pids.push(pid),
    ...given,
  })
  return { end, pids, said: () => Buffer.concat(said), stop: (cause: unknown) => stopping.abort(cause) }
}

const megabytes = (count: number) => ({
  command: process.execPath,
  args: ['-e', `for (let n = 0; n < ${count}; n++) require('fs').writeSync(1, Buffer.alloc(1048576, 97 + (n % 26)))`],
})

describe('children on a thread of their own', () => {
  it('are told apart, with all they say, their exit codes and what they read', async () => {
    const sayings = Array.from({ length: 12 }, (_, n) => `line ${n}\n`)
    const all = sayings.map((stdin, n) => start({ command: 'sh', args: ['-c', `cat; exit ${n}`], stdin }))
    const ends = await Promise.all(all.map((child) => child.end))
    expect(ends.map((end) => 'exitCode' in end && end.exitCode)).toEqual(all.map((_, n) => n))
    expect(all.map((child) => child.said().toString())).toEqual(sayings)
  })

  it('hand over every byte, in order, while the log is slow; and wait for it', async () => {
    const parts: Buffer[] = []
    let open = 0
    let most = 0
    const child = start({
      ...megabytes(8),
      async append(_stream, bytes) {
        open += bytes.length
        most = Math.max(most, open)
        await new Promise((resolve) => setImmediate(resolve))
        open -= bytes.length
        parts.push(bytes)
      },
    })
    expect(await child.end).toMatchObject({ endedBy: 'exit', exitCode: 0 })
    const expected = Buffer.concat(Array.from({ length: 8 }, (_, n) => Buffer.alloc(1_048_576, 97 + n)))
    expect(Buffer.concat(parts).equals(expected)).toBe(true)
    expect(most).toBeLessThan(1_048_576)
  })

  it('end with their tree when they are stopped', async () => {
    const child = start(fixtureCommand('stubborn.sh'))
    await until(() => child.said().length > 0)
    child.stop('cancelled')
    expect(await child.end).toMatchObject({ endedBy: 'stopped', signal: 'SIGKILL' })
    expect(living(child.pids)).toEqual([])
  })

  it('are not begun where they were stopped before', async () => {
    const child = start({ command: 'true', signal: AbortSignal.abort('cancelled') })
    expect(await child.end).toMatchObject({ endedBy: 'stopped', exitCode: null })
    expect(child.pids).toEqual([])
  })

  it('say why they could not be started', async () => {
    expect(await start({ command: '/no/such' }).end).toMatchObject({ errorCode: 'spawn_failed' })
  })

  it('are stopped when the log takes no more, and the error is told', async () => {
    const full = new Error('no space')
    const silent = start({ command: 'sh', args: ['-c', 'echo one; sleep 300'], append: () => Promise.reject(full) })
    expect(await silent.end).toMatchObject({ endedBy: 'log_failed', cause: full })
    expect(living(silent.pids)).toEqual([])
  })
})
