import { type Program, runThatIs, sh, wake } from '@/server/testing/scene'
import type { TestServer } from '@/server/testing/server'

export type WalkScene = { companyId: string; agentId: string; runIds: Record<'failed' | 'long' | 'live', string> }

/** A company with some of everything: what runs, fails, waits and is paused, long names, colours and 10,000 lines. */
export async function seedWalk({ client }: TestServer): Promise<WalkScene> {
  const { id: companyId } = await client.company.create.mutate({
    name: 'Northwind Logistics & Sons',
    budgetMonthlyMicros: 25_000_000,
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
  return { companyId, agentId: broken, runIds: { failed, long: longRun, live } }
}
