import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createRunFiles } from './run-files'

const parent = mkdtempSync(join(tmpdir(), 'reveille-run-files-'))
afterAll(() => rmSync(parent, { recursive: true, force: true }))

const run = (contextSnapshot: unknown) => ({ id: crypto.randomUUID(), contextSnapshot })

function begin() {
  const dataDir = mkdtempSync(join(parent, 'data-'))
  const files = createRunFiles(dataDir)
  files.start()
  return { files, dataDir, names: () => readdirSync(join(dataDir, 'live')) }
}

it('gives each run its context whole under its own name, and takes the same file again', () => {
  const { files, names } = begin()
  const inodes = [{ long: 'ü'.repeat(50_000) }, { short: 1 }, {}].map((context) => {
    const given = run(context)
    const paths = files.take(given)
    expect(JSON.parse(readFileSync(paths.context, 'utf8'))).toEqual(context)
    expect(paths.context).toContain(given.id)
    expect(statSync(paths.context).mode & 0o777).toBe(0o600)
    writeFileSync(paths.result, '{}')
    const { ino } = statSync(paths.context)
    files.giveBack(given.id)
    expect(existsSync(paths.result)).toBe(false)
    expect(readFileSync(paths.context, 'utf8')).toBe('')
    return ino
  })
  expect(new Set(inodes).size).toBe(1)
  files.stop()
  expect(names()).toEqual([])
})

it('gives runs at the same time files of their own', () => {
  const { files } = begin()
  const runs = [run({ n: 1 }), run({ n: 2 })]
  const paths = runs.map((given) => files.take(given).context)
  expect(paths.map((path) => JSON.parse(readFileSync(path, 'utf8')))).toEqual([{ n: 1 }, { n: 2 }])
})

it.each([
  ['removed its file', (path: string) => rmSync(path)],
  [
    'put a folder in its place',
    (path: string) => {
      rmSync(path)
      mkdirSync(path)
    },
  ],
])('starts afresh after a program that %s', (_what, spoil) => {
  const { files, names } = begin()
  const [first, second] = [run({ n: 1 }), run({ n: 2 })]
  spoil(files.take(first).context)
  files.giveBack(first.id)
  expect(names()).toEqual([])
  expect(readFileSync(files.take(second).context, 'utf8')).toBe('{"n":2}')
})

it('removes at its start what a killed runner had kept, and leaves alone what is in use', () => {
  const { files, dataDir, names } = begin()
  const [done, live] = [run({ n: 1 }), run({ n: 2 })]
  for (const given of [done, live]) files.take(given)
  files.giveBack(done.id)
  createRunFiles(dataDir).start()
  expect(names()).toEqual([`${live.id}.context.json`])
  const next = run({ n: 3 })
  expect(readFileSync(files.take(next).context, 'utf8')).toBe('{"n":3}')
})
