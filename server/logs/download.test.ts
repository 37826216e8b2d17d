import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseDownload, sendLog } from './download'
import { createLogDir, readAll } from './fixtures/log-dir'
import type { LogEntry } from './log-store'

let dir: Awaited<ReturnType<typeof createLogDir>>
let origin: string
let sent: Promise<void> = Promise.resolve()
let pagesRead = 0
const server = http.createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
  const store: typeof dir.store = {
    ...dir.store,
    read(runId, query) {
      pagesRead++
      return dir.store.read(runId, query)
    },
  }
  const endOffset = searchParams.has('end') ? Number(searchParams.get('end')) : undefined
  sent = sendLog(response, { store, runId: pathname.slice(1), endOffset, ...parseDownload(searchParams) })
})
beforeAll(async () => {
  dir = await createLogDir()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await dir.remove()
})

async function written(lines: number): Promise<string> {
  const runId = dir.runId()
  const log = await dir.store.open(runId)
  for (let line = 0; line < lines; line++) {
    await log.append(line % 3 === 0 ? 'stderr' : 'stdout', Buffer.from(`line ${line} \0 €\n`))
  }
  await log.close()
  return runId
}

test('sends the exact text, with its length, as an attachment that no browser displays', async () => {
  const runId = await written(30_000)
  const response = await fetch(`${origin}/${runId}`)
  const text = await dir.text(runId)
  expect(Buffer.from(await response.arrayBuffer()).equals(text)).toBe(true)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-length': String(text.length),
    'content-type': 'text/plain; charset=utf-8',
    'content-disposition': `attachment; filename="run-${runId}.log"`,
    'x-content-type-options': 'nosniff',
  })
  await sent
})

test('sends one stream, and entries as lines of JSON', async () => {
  const runId = await written(100)
  const stderr = await (await fetch(`${origin}/${runId}?stream=stderr`)).text()
  expect(stderr).toBe(Array.from({ length: 34 }, (_, line) => `line ${line * 3} \0 €\n`).join(''))
  const ndjson = await (await fetch(`${origin}/${runId}?format=ndjson`)).text()
  const entries: LogEntry[] = ndjson
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  expect(entries).toEqual(await readAll(dir.store, runId))
})

test('sends a missing log, the log of a final run, and the response to HEAD', async () => {
  expect(await (await fetch(`${origin}/${dir.runId()}`)).text()).toBe('')
  const runId = await written(10)
  expect(await (await fetch(`${origin}/${runId}?end=6`)).text()).toBe('line 0')
  const head = await fetch(`${origin}/${runId}`, { method: 'HEAD' })
  expect([head.headers.get('content-length'), await head.text()]).toEqual(['130', ''])
})

test('a receiver that does not read pauses the reading, and one that disconnects ends it', async () => {
  const runId = dir.runId()
  const log = await dir.store.open(runId)
  for (let part = 0; part < 512; part++) await log.append('stdout', Buffer.alloc(128 * 1024, 'x'))
  await log.close()
  pagesRead = 0
  const request = http.get(`${origin}/${runId}`)
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  await once(response, 'readable')
  let before = -1
  while (before !== pagesRead) {
    before = pagesRead
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  expect(pagesRead).toBeLessThan(200)
  request.on('error', () => {})
  request.destroy()
  await sent
  expect(pagesRead).toBeLessThan(200)
})

test('an error of the store cuts the response and is thrown', async () => {
  const runId = await written(50_000)
  const response = await fetch(`${origin}/${runId}`)
  const fault = expect(sent).rejects.toThrow('removed while')
  await dir.store.remove(runId)
  await expect(response.text()).rejects.toThrow()
  await fault
})

test('unknown parameters are refused by name', () => {
  expect(parseDownload(new URLSearchParams('stream=stdout&format=ndjson'))).toEqual({
    stream: 'stdout',
    format: 'ndjson',
  })
  expect(() => parseDownload(new URLSearchParams('stream=both'))).toThrow('must be stdout or stderr')
  expect(() => parseDownload(new URLSearchParams('format=xml'))).toThrow('must be text or ndjson')
})
