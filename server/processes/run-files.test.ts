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

/** Works as a user that file modes restrict: root may enter everywhere. */
function unprivileged<T>(work: () => T): T {
  if (process.geteuid?.() !== 0) return work()
  process.seteuid?.(65_534)
  try {
    return work()
  } finally {
    process.seteuid?.(0)
  }
}

/** Replaces the result by a folder with another in it, both without permissions. */
function closeResult({ result }: RunPaths): void {
  const inner = join(result, 'inner')
  mkdirSync(join(inner, 'innermost'), { recursive: true })
  for (const folder of [inner, result]) chmodSync(folder, 0)
}

const closed: [string, (paths: RunPaths) => void][] = [
  ['a folder without permissions instead of its result', closeResult],
  ['the folder of its files without permissions', ({ result }) => chmodSync(dirname(result), 0)],
]

it('gives each run its complete context under its own name, readable only by its user, until it ends', () => {
  const { files, names } = begin()
  for (const context of [{ long: 'ü'.repeat(50_000) }, { short: 1 }, {}]) {
    const given = run(context)
    const paths = files.make(given)
    expect(JSON.parse(readFileSync(paths.context, 'utf8'))).toEqual(context)
    expect(paths.context).toContain(given.id)
    expect(statSync(paths.context).mode & 0o777).toBe(0o600)
    writeFileSync(paths.result, '{}')
    files.remove(given.id)
    expect(names()).toEqual([])
  }
})

it('gives concurrent runs separate files', () => {
  const { files } = begin()
  const runs = [run({ n: 1 }), run({ n: 2 })]
  const paths = runs.map((given) => files.make(given).context)
  expect(paths.map((path) => JSON.parse(readFileSync(path, 'utf8')))).toEqual([{ n: 1 }, { n: 2 }])
})

it('gives a run its files even when a program has removed their folder', () => {
  const { files, names } = begin()
  const { result } = files.make(run({ n: 1 }))
  rmSync(dirname(result), { recursive: true })
  expect(readFileSync(files.make(run({ n: 2 })).context, 'utf8')).toBe('{"n":2}')
  expect(names()).toHaveLength(1)
})

it.each([
  ['removed its file', (path: string) => rmSync(path)],
  [
    'replaced it by a folder',
    (path: string) => {
      rmSync(path)
      mkdirSync(path)
    },
  ],
])('removes everything of a program that %s', (_what, spoil) => {
  const { files, names } = begin()
  const given = run({ n: 1 })
  spoil(files.make(given).context)
  files.remove(given.id)
  expect(names()).toEqual([])
})

it.each(closed)('cleans up after a program that left %s', (_what, close) => {
  unprivileged(() => {
    const { files, dataDir, log, warnings, names } = begin()
    const [ended, lost] = [run({ n: 1 }), run({ n: 2 })]
    close(files.make(ended))
    files.remove(ended.id)
    expect(names()).toEqual([])
    close(files.make(lost))
    removeRunFiles(dataDir, lost.id, log)
    expect(names()).toEqual([])
    expect(warnings).toEqual([])
  })
})

it('does not change the permissions of a link target in a folder without permissions', () => {
  unprivileged(() => {
    const { files, names } = begin()
    const target = mkdtempSync(join(parent, 'target-'))
    chmodSync(target, 0o500)
    const given = run({})
    const { result } = files.make(given)
    mkdirSync(result)
    symlinkSync(target, join(result, 'link'))
    chmodSync(result, 0)
    files.remove(given.id)
    expect(names()).toEqual([])
    expect(statSync(target).mode & 0o777).toBe(0o500)
  })
})

it('logs a file that it cannot remove, leaves it, and continues', () => {
  const { files, dataDir, log, warnings } = begin()
  const [first, second] = [run({ n: 1 }), run({ n: 2 })]
  const folder = dirname(files.make(first).result)
  rmSync(folder, { recursive: true })
  writeFileSync(folder, 'no folder')
  files.remove(first.id)
  removeRunFiles(dataDir, first.id, log)
  expect(new Set(warnings)).toEqual(new Set(['a file of a run could not be removed']))
  rmSync(folder)
  files.start()
  expect(readFileSync(files.make(second).context, 'utf8')).toBe('{"n":2}')
})

it.runIf(existsSync('/dev/full') && existsSync('/proc/self/fd'))(
  'leaves no open descriptor and no file on a full disk',
  () => {
    const { files, dataDir, names } = begin()
    const given = run({})
    symlinkSync('/dev/full', join(dataDir, 'live', `${given.id}.context.json`))
    expect(() => files.make(given)).toThrow('ENOSPC')
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
