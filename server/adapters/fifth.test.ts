import { execFile } from 'node:child_process'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fieldsOf } from '@/app/[companyId]/agents/_form/adapter-fields'
import { packageRoot } from '@/db/package-root'
import { createTranscript } from '@/server/domain/transcript'
import { makeTestFolder } from '@/tests/programs'
import { runThatIs, wake } from '@/tests/scene'
import { endServers, startServer, type TestServer } from '@/tests/server'

const root = packageRoot()
let copy: string
let server: TestServer

beforeAll(async () => {
  copy = copyOfTheSources()
  addAdapter(join(copy, 'server', 'adapters'))
  const build = `import { buildPrograms } from './scripts/build-programs'; await buildPrograms('dist', ['server', 'runner'])`
  await promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', build], {
    cwd: copy,
  })
  server = await startServer({ programs: join(copy, 'dist') })
})
afterAll(async () => {
  await endServers()
  rmSync(copy, { recursive: true })
})

it('agents of a fifth adapter are described, checked, saved, run and read with its folder and a line in each of the two lists', async () => {
  const { client } = server
  const described = (await client.adapter.list.query()).find(({ type }) => String(type) === 'greeting')
  expect(described).toMatchObject({ label: 'Greeting', description: 'Says a greeting.' })
  expect(fieldsOf(described?.configSchema)).toMatchObject([
    { name: 'greeting', label: 'Greeting', hint: 'What is said.', required: true, kind: 'text' },
    { name: 'times', label: 'Times', required: false, kind: 'number', fallback: 1 },
  ])
  const { id: companyId } = await client.company.create.mutate({ name: 'Acme' })
  const given = { companyId, adapterType: 'greeting', adapterConfig: { greeting: 'Hello' } }
  expect(await client.adapter.check.mutate(given)).toEqual({
    ok: true,
    checks: [{ name: 'greeting', level: 'info', message: 'Will say Hello.' }],
  })
  const create = (adapterConfig: Record<string, unknown>) =>
    client.agent.create.mutate({ ...given, name: 'Ada', adapterConfig })
  await expect(create({ greeting: 'Hello', times: 0 })).rejects.toThrow('adapterConfig.times')
  await expect(create({ greeting: 'Hello', twice: true })).rejects.toThrow('twice')
  const agent = await create({ greeting: 'Hello', times: 2 })
  const run = await runThatIs(client, await wake(client, agent.id), 'succeeded')
  expect(run).toMatchObject({ logBytes: 44, adapterType: 'greeting' })
  const { entries } = await client.run.log.query({ runId: run.id })
  expect(entries.map(({ chunk }) => chunk).join('')).toBe('{"says":"Hello, Ada"}\n'.repeat(2))
  const { formatOf } = await import(join(copy, 'server', 'adapters', 'formats.ts'))
  const transcript = createTranscript(formatOf('greeting'))
  for (const { chunk } of entries) for (const line of chunk.split('\n')) transcript.add(line)
  expect(transcript.entries()).toEqual(Array(2).fill({ kind: 'message', from: 'agent', text: 'Hello, Ada' }))
})

function copyOfTheSources(): string {
  const folder = makeTestFolder('fifth')
  for (const name of ['server', 'db', 'scripts', 'tsconfig.json'])
    cpSync(join(root, name), join(folder, name), { recursive: true })
  return folder
}

/** All that a new adapter needs. */
function addAdapter(adapters: string) {
  cpSync(join(adapters, 'testing', 'fixtures', 'greeting'), join(adapters, 'greeting'), { recursive: true })
  addLine(
    join(adapters, 'registry.ts'),
    `import { greetingAdapter } from './greeting/adapter'`,
    'greeting: greetingAdapter',
  )
  addLine(join(adapters, 'formats.ts'), `import { format as greeting } from './greeting/format'`, 'greeting')
}

function addLine(file: string, imported: string, entry: string) {
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, `${imported}\n${text.replace('\n} satisfies', `\n  ${entry},$&`)}`)
}
