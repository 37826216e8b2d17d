import { type Program, runThatIs, sh, wake } from '@/tests/scene'
import type { TestServer } from '@/tests/server'
import { databaseOf } from './fixtures'
import { seedHistory } from './walk-history'

export type WalkScene = {
  companyId: string
  /** A company without any data. */
  emptyId: string
  agentId: string
  /** An agent with costs. */
  costlyId: string
  runIds: Record<'failed' | 'long' | 'live', string>
}

/** A company with agents and runs in every status, long names, a coloured log and one of 10,000 lines. */
export async function seedWalk(server: TestServer): Promise<WalkScene> {
  const { client } = server
  const { id: companyId } = await client.company.create.mutate({
    name: 'Northwind Logistics & Sons',
    budgetMonthlyMicros: 75_000_000,
  })
  const hire = async (name: string, program: Program, heartbeat: Record<string, unknown> = {}) => {
    const agent = await client.agent.create.mutate({
      companyId,
      name,
      adapterType: 'process',
      adapterConfig: { cwd: '/', ...program },
      runtimeConfig: { heartbeat },
      budgetMonthlyMicros: 5_000_000,
    })
    return agent.id
  }
  const line = "'\\x1b[3' + (i % 8) + 'mline ' + i + '\\x1b[0m of the nightly build'"
  const colours = `for (let i = 1; i <= 10000; i++) console.log(${line})`
  const chatty = await hire(
    'Nightly build',
    { command: process.execPath, args: ['-e', colours] },
    { intervalSec: 3600 },
  )
  const broken = await hire('Broken', sh('echo started; echo "cannot find /opt/data.csv" >&2; exit 3'))
  const steady = await hire('Watches the queue', sh('echo watching; exec sleep 300'), { cron: '*/15 * * * *' })
  const long = 'A name that somebody thought would never be read by anyone, least of all in a narrow column of a table'
  const named = await hire(long, sh('echo ok'))
  const paused = await hire('On holiday', sh('echo never'))
  await client.agent.pause.mutate({ agentId: paused, reason: 'Until its owner is back from the sea' })
  await client.agent.update.mutate({ agentId: broken, budgetMonthlyMicros: 2_000_000 })

  const longRun = await wake(client, chatty, {
    reason: 'The build of tonight',
    payload: { branch: 'main', commit: 'a1b2c3d' },
  })
  for (let times = 0; times < 3; times++) await runThatIs(client, await wake(client, named))
  let failed = ''
  for (let times = 0; times < 3; times++) {
    failed = await wake(client, broken, { reason: 'Load the data' })
    await runThatIs(client, failed, 'failed')
  }
  const live = await wake(client, steady)
  await runThatIs(client, live, 'running')
  await wake(client, steady, { reason: 'One more, to wait behind it' })
  await client.wakeup.create.mutate({ agentId: paused }).catch(() => {})
  await runThatIs(client, longRun, 'succeeded')
  await seedSettings(client, companyId, chatty)
  const sql = databaseOf(server)
  await seedHistory(sql, { companyId, runId: longRun, agentIds: [chatty, named] })
  await sql.end()
  const { id: emptyId } = await client.company.create.mutate({ name: 'Empty' })
  return { companyId, emptyId, agentId: broken, costlyId: chatty, runIds: { failed, long: longRun, live } }
}

/** Data for the settings, key and delivery lists. */
async function seedSettings(client: TestServer['client'], companyId: string, agentId: string) {
  await client.secret.set.mutate({ companyId, name: 'GITHUB_TOKEN', value: 'a value' })
  await client.secret.set.mutate({
    companyId,
    name: 'A_SECRET_WITH_A_NAME_THAT_GOES_ON_AND_ON_FOR_NO_REASON',
    value: 'x',
  })
  await client.member.invite.mutate({ companyId, email: 'grace@example.com', role: 'operator' })
  await client.member.invite.mutate({
    companyId,
    email: 'a.very.long.address.of.somebody@subsidiary.example.com',
    role: 'viewer',
  })
  await client.agent.createKey.mutate({ agentId, name: 'The deploy hook of the build server' })
  await client.agent.update.mutate({ agentId, budgetMonthlyMicros: 40_000_000 })
  await client.notification.setWebhook.mutate({ companyId, url: 'http://127.0.0.1:9/hooks/reveille' })
  await client.notification.test.mutate({ companyId })
}
