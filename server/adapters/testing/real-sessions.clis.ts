import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { costWords } from '@/server/domain/charge-words'
import { runThatIs, wake } from '@/tests/scene'
import { endServers, startServer, type TestServer, urlOf } from '@/tests/server'
import { createWorkspace, obeyPrompt, realPrograms } from './real-programs'
import { startStandIn } from './stand-in'

const database = await createTestDatabase()
const standIn = await startStandIn(obeyPrompt)
const place = createWorkspace(standIn.url)
let server: TestServer

beforeAll(async () => {
  server = await startServer({ databaseUrl: urlOf(database.connection) })
})
const costsOf = (run: { charges: { outputTokens: number; costMicros: number | null }[] }) =>
  run.charges.map(({ outputTokens, costMicros }) => ({ outputTokens, costMicros }))
afterAll(async () => {
  await endServers()
  place.remove()
  await standIn.close()
  await database.drop()
})

it.each([
  ['claude_local', 'claude', { dangerouslySkipPermissions: true }],
  ['claude_local', 'oldClaude', { dangerouslySkipPermissions: true }],
  ['codex_local', 'codex', { dangerouslyBypassApprovalsAndSandbox: true }],
] as const)(
  'a second run of %s (%s) goes on with the session of the first, whose words it knows',
  async (type, name, rights) => {
    const { client } = server
    const command = realPrograms[name]
    const { id: companyId } = await client.company.create.mutate({ name: 'Acme' })
    const config = { command, cwd: place.project, env: place.env, promptTemplate: '{{context.say}}', ...rights }
    const agent = await client.agent.create.mutate({ companyId, name, adapterType: type, adapterConfig: config })
    const run = async (say: string) =>
      await runThatIs(client, await wake(client, agent.id, { contextSnapshot: { say } }), 'succeeded')

    const file = join(place.project, `${name}-heron`)
    const first = await run(`run: echo heron > ${file}`)
    expect(readFileSync(file, 'utf8')).toBe('heron\n')
    const second = await run('greet')
    expect(existsSync(file)).toBe(true)
    expect(first.sessionIdBefore).toBeNull()
    expect(first.sessionIdAfter).toMatch(/^[0-9a-f-]{36}$/)
    expect(second).toMatchObject({ sessionIdBefore: first.sessionIdAfter, sessionIdAfter: first.sessionIdAfter })
    expect(standIn.heard.at(-1)).toContain('echo heron')
    // Two answers of 20 tokens each, then one: of the second run's own, and not of the session's.
    expect([first, second].map((run) => run.charges.map((charge) => charge.outputTokens))).toEqual([[40], [20]])
    expect(costWords(second.charges)).toMatch(type === 'claude_local' ? /^\$0\.\d+$/ : /^unpriced$/)
    // A run that fails says what its session has used before; the one after it still pays for itself alone.
    await runThatIs(client, await wake(client, agent.id, { contextSnapshot: { say: 'fail: 400' } }), 'failed')
    const last = await run('greet')
    expect(costsOf(last)).toEqual(costsOf(second))
    expect((await client.agent.runtimeState.query({ agentId: agent.id })).totalOutputTokens).toBe(80)
  },
)
