import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createRunFiles, type RunPaths, removeRunFiles } from './run-files'

const parent = mkdtempSync(join(tmpdir(), 'reveille-run-files-'))
chmodSync(parent, 0o777)
afterAll(() => rmSync(parent, { recursive: true, force: true }))

const run = (contextSnapshot: unknown) => ({ id: crypto.randomUUID(), contextSnapshot })

function begin() {
  const dataDir = mkdtempSync(join(parent, 'data-'))
  const warnings: string[] = []
  const log = { warn: (_fields: unknown, message?: string) => void warnings.push(message ?? '') }
  const files = createRunFiles(dataDir, log)
  files.start()
  return { files, dataDir, log, warnings, names: () => readdirSync(join(dataDir, 'live')) }
}

/** As somebody whom the modes of files bind: root is let in everywhere. */
function unprivileged<T>(work: () => T): T {
  if (process.geteuid?.() !== 0) return work()
  process.seteuid?.(65_534)
  try {
    return work()
  } finally {
    process.seteuid?.(0)
  }
}

/** A folder in the place of the result, with another in it; nobody may enter either. */
function closeResult({ result }: RunPaths): void {
  const inner = join(result, 'inner')
  mkdirSync(join(inner, 'innermost'), { recursive: true })
  for (const folder of [inner, result]) chmodSync(folder, 0)
}

const closed: [string, (paths: RunPaths) => void][] = [
  ['a folder that nobody may enter in the place of its result', closeResult],
  ['the folder of its files closed', ({ result }) => chmodSync(dirname(result), 0)],
]

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
  const { files, dataDir, log, names } = begin()
  const [done, live] = [run({ n: 1 }), run({ n: 2 })]
  for (const given of [done, live]) files.take(given)
  files.giveBack(done.id)
  createRunFiles(dataDir, log).start()
  expect(names()).toEqual([`${live.id}.context.json`])
  const next = run({ n: 3 })
  expect(readFileSync(files.take(next).context, 'utf8')).toBe('{"n":3}')
})

it.each(closed)('cleans up after a program that left %s', (_what, close) => {
  unprivileged(() => {
    const { files, dataDir, log, warnings, names } = begin()
    const [ended, lost] = [run({ n: 1 }), run({ n: 2 })]
    close(files.take(ended))
    files.giveBack(ended.id)
    expect(names()).toEqual([expect.stringContaining(ended.id)])
    close(files.take(lost))
    removeRunFiles(dataDir, lost.id, log)
    expect(names()).toEqual([])
    expect(warnings).toEqual([])
  })
})

it('opens nothing that a link in a closed folder points to', () => {
  unprivileged(() => {
    const { files, names } = begin()
    const elsewhere = mkdtempSync(join(parent, 'elsewhere-'))
    chmodSync(elsewhere, 0o500)
    const given = run({})
    const { result } = files.take(given)
    mkdirSync(result)
    symlinkSync(elsewhere, join(result, 'link'))
    chmodSync(result, 0)
    files.giveBack(given.id)
    expect(names()).toHaveLength(1)
    expect(statSync(elsewhere).mode & 0o777).toBe(0o500)
  })
})

it('says what it can not remove, leaves it, and goes on', () => {
  const { files, dataDir, log, warnings } = begin()
  const [first, second] = [run({ n: 1 }), run({ n: 2 })]
  const folder = dirname(files.take(first).result)
  rmSync(folder, { recursive: true })
  writeFileSync(folder, 'no folder')
  files.giveBack(first.id)
  removeRunFiles(dataDir, first.id, log)
  expect(new Set(warnings)).toEqual(new Set(['a file of a run could not be removed']))
  rmSync(folder)
  files.start()
  expect(readFileSync(files.take(second).context, 'utf8')).toBe('{"n":2}')
})

it.runIf(existsSync('/dev/full') && existsSync('/proc/self/fd'))(
  'keeps nothing open or lying about on a full disk',
  () => {
    const { files, dataDir, names } = begin()
    const given = run({})
    symlinkSync('/dev/full', join(dataDir, 'live', `${given.id}.context.json`))
    expect(() => files.take(given)).toThrow('ENOSPC')
    expect(openFiles()).not.toContain('/dev/full')
    expect(names()).toEqual([])
  },
)

function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)]
    } catch {
      return []
    }
  })
}
