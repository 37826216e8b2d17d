import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, stat, truncate } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogDir, readAll, sha256, textOf } from './fixtures/log-dir'
import { recordBytes } from './log-index'

let dir: Awaited<ReturnType<typeof createLogDir>>
beforeAll(async () => {
  dir = await createLogDir()
})
afterAll(() => dir.remove())

function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url))
}

/** The fixture under tsx; `ulimit -f` counts in blocks of 512 or 1024 bytes. */
function start(name: string, args: string[], limit = '-f unlimited'): ChildProcess {
  const script = `ulimit ${limit}; exec "$0" --import tsx "$@"`
  return spawn('/bin/sh', ['-c', script, process.execPath, fixture(name), dir.dataDir, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function outputOf(child: ChildProcess): Promise<string> {
  let output = ''
  child.stdout?.on('data', (data) => {
    output += data
  })
  await once(child, 'close')
  return output
}

async function half(text: string): Promise<string> {
  const runId = dir.runId()
  const log = await dir.store.open(runId)
  void log.append('stdout', Buffer.from(text))
  await log.close()
  return runId
}

test('a log of another process is read while it grows; when that is killed during a write, it is sealed to the same text', async () => {
  const runId = dir.runId()
  const child = start('endless-writer', [runId])
  let seen = ''
  let offset = 0
  while (offset < 3_000_000 && child.exitCode === null) {
    const page = await dir.store.read(runId, { offset, limitBytes: 100_000 })
    seen += textOf(page.entries)
    offset = page.nextOffset
  }
  child.kill('SIGKILL')
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
  const totals = await dir.store.seal(runId)
  const text = await dir.text(runId)
  expect(totals).toMatchObject({ bytes: text.length, sha256: sha256(text) })
  expect(totals.bytes).toBeGreaterThanOrEqual(offset)
  expect(text.subarray(0, offset).toString()).toBe(seen)
  expect(textOf(await readAll(dir.store, runId))).toBe(text.toString())
  const lines = text.toString().split('\n').slice(0, -1)
  expect(lines.findIndex((line, number) => line !== `line ${number} äöü€😀`)).toBe(-1)
  expect(await dir.store.seal(runId)).toEqual(totals)
})

test('text without an index and half a record are truncated, and were never readable', async () => {
  const runId = await half('whole €\n')
  await appendFile(dir.file(runId, 'log'), 'torn')
  await appendFile(dir.file(runId, 'index'), Buffer.from([10, 0, 0]))
  expect(textOf(await readAll(dir.store, runId))).toBe('whole €\n')
  const sealed = { bytes: 10, sha256: sha256('whole €\n'), truncatedBytes: 0, stdoutExcerpt: 'whole €\n' }
  expect(await dir.store.seal(runId)).toEqual(sealed)
  expect((await dir.text(runId)).toString()).toBe('whole €\n')
  expect((await stat(dir.file(runId, 'index'))).size).toBe(recordBytes)
})

test('after a power failure the index may contain more than the text, or zeros', async () => {
  const lost = await half('gone with the power')
  await truncate(dir.file(lost, 'log'), 4)
  expect(await dir.store.seal(lost)).toMatchObject({ bytes: 0, stdoutExcerpt: '' })
  const zeros = await half('kept')
  await appendFile(dir.file(zeros, 'index'), Buffer.alloc(64))
  await appendFile(dir.file(zeros, 'log'), Buffer.alloc(64))
  expect(await dir.store.seal(zeros)).toMatchObject({ bytes: 4, stdoutExcerpt: 'kept' })
})

test('a full disk fails one run, which keeps its text; the others continue', async () => {
  const [greedyId, modestId] = [dir.runId(), dir.runId()]
  const child = start('limited-disk', [greedyId, modestId], '-f 3001')
  const { code, hadToWait, greedyTotals, modestTotals } = JSON.parse(await outputOf(child))
  expect([code, hadToWait]).toEqual(['EFBIG', false])
  const kept = await dir.text(greedyId)
  expect(kept.length).toBeGreaterThan(0)
  expect(greedyTotals).toMatchObject({ bytes: kept.length, sha256: sha256(kept), diskError: 'EFBIG' })
  expect(greedyTotals.bytes + greedyTotals.truncatedBytes).toBe(200 * 65_536 + 'dropped'.length)
  const modest = Array.from({ length: 200 }, (_, round) => `round ${round}\n`).join('')
  expect(modestTotals).toMatchObject({ sha256: sha256(modest), truncatedBytes: 0 })
  expect(modestTotals).not.toHaveProperty('diskError')
})

test('a live run without a free descriptor waits for one, and loses no text', async () => {
  const runId = dir.runId()
  const child = start('limited-descriptors', [runId], '-n 120')
  const { waited, taken, totals } = JSON.parse(await outputOf(child))
  expect(taken).toBeGreaterThan(0)
  expect(waited).toBe('waited')
  expect(await dir.text(runId)).toEqual(Buffer.from('before\nwithout\n'))
  expect(totals).toMatchObject({ sha256: sha256('before\nwithout\n'), truncatedBytes: 0 })
})
