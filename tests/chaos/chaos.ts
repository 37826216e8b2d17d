import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openClient, type RawSql } from '@/db/connection'
import { socketDirectory } from '@/db/embedded/location'
import { startEmbedded } from '@/db/embedded/start'
import { eventually } from '@/tests/eventually'
import { processesWith } from '@/tests/processes'
import { watchPrograms } from '@/tests/program-watch'
import { endServers } from '@/tests/server'
import { deal, leaseMs, type Stage } from './blows'
import { type Cast, hireCast } from './cast'
import { createMember, type Member } from './crew'
import { findViolations, findWrongLogs } from './invariants'
import { createRandom, type Random } from './random'
import { watchRecoveries } from './recoveries'

export type ChaosReport = {
  runs: Record<string, number>
  blows: Record<string, number>
  /** From the death of a runner to the end of its last run, milliseconds. */
  recoveriesMs: number[]
  violations: string[]
}

type Given = { seconds: number; leastBlows?: number; seed: number; say(line: string): void }

const silent = { info: () => {}, error: () => {} }

/**
 * Some servers on one database, agents that misbehave, and blow upon blow for `seconds`, and at least `leastBlows` of them;
 * then quiet, and what must hold is looked up. The same `seed` deals the same blows, though not at the same moments of the runs.
 */
export async function makeChaos(options: Given): Promise<ChaosReport> {
  const folder = mkdtempSync(join(tmpdir(), 'reveille-chaos-'))
  chmodSync(folder, 0o755)
  const startCluster = () => startEmbedded({ dataDir: folder, log: silent, settings: { fsync: 'off' } })
  const stage: Stage = { cluster: await startCluster(), startCluster, random: createRandom(options.seed), crew: [] }
  const sql = openClient(stage.cluster.connection, { max: 4, applicationName: 'chaos' })
  try {
    return await play(stage, sql, options)
  } finally {
    await sql.end({ timeout: 1 })
    await endServers()
    await stage.cluster.stop()
    rmSync(socketDirectory(folder), { recursive: true, force: true })
    rmSync(folder, { recursive: true, force: true })
  }
}

async function play(stage: Stage, sql: RawSql, { seconds, leastBlows = 0, say }: Given) {
  let isOver = false
  const { crew, cluster } = stage
  const env = {
    REVEILLE_LEASE_SEC: String(leaseMs / 1000),
    REVEILLE_DRAIN_SEC: '1',
    REVEILLE_MAX_RUNS: '6',
    LOG_LEVEL: 'fatal',
  }
  for (const name of ['north', 'south']) {
    crew.push(await createMember({ name, sql, database: cluster.connection, env, isOver: () => isOver }))
  }
  await Promise.all(crew.map((member) => member.revive()))
  const first = crew[0]?.server()
  if (!first) throw new Error('no server came up')
  const cast = await hireCast(first.client)
  const recoveries = watchRecoveries(sql)
  const programs = watchPrograms(cast.companyId)
  const wishes = makeWishes(stage.random, crew, cast, () => isOver)
  const blows: Record<string, number> = {}
  let deck: string[] = []
  for (let dealt = 0, until = Date.now() + seconds * 1000; dealt < leastBlows || Date.now() < until; dealt++) {
    await sleep(300 + stage.random.upTo(1200))
    if (deck.length === 0) deck = stage.random.shuffled(Object.keys(deal))
    const blow = deck.pop() ?? ''
    blows[blow] = (blows[blow] ?? 0) + 1
    say(`${blow}`)
    await deal[blow as keyof typeof deal](stage, stage.random.oneOf(crew))
    await Promise.all(crew.map((member) => member.revive()))
  }
  isOver = true
  await wishes
  say('quiet')
  const wrongLogs = await settle(sql, crew)
  await programs.stop()
  const overlaps = programs.overlaps().map((runs) => `two programs of one agent were alive at once: ${runs}`)
  const violations = [...wrongLogs, ...overlaps, ...(await findViolations(sql)), ...(await findLeft(crew))]
  await Promise.all(crew.map((member) => member.way.close()))
  const counted = await sql<{ outcome: string; runs: number }[]>`
    select status || coalesce(' ' || error_code, '') as outcome, count(*) as runs from heartbeat_runs group by 1 order by 1`
  const runs = Object.fromEntries(counted.map((row) => [row.outcome, row.runs]))
  return { runs, blows, recoveriesMs: await recoveries.stop(), violations }
}

/** Wakes, and sometimes cancels, on any server that answers. */
async function makeWishes(random: Random, crew: Member[], { companyId, agentIds }: Cast, isOver: () => boolean) {
  while (!isOver()) {
    await sleep(10 + random.upTo(80))
    const client = random.oneOf(crew).server()?.client
    if (!client) continue
    await client.wakeup.create.mutate({ agentId: random.oneOf(agentIds) }).catch(() => {})
    if (random.upTo(20) > 1) continue
    const page = await client.run.list.query({ companyId, status: 'running' }).catch(() => null)
    const run = page?.items[random.upTo(page.items.length)]
    if (run) await client.run.cancel.mutate({ runId: run.id }).catch(() => {})
  }
}

/** Lets what is left come to its end, looks at the logs, and stops the servers. */
async function settle(sql: RawSql, crew: Member[]): Promise<string[]> {
  const unended = await eventually(
    async () => {
      // A look that fails, as on a connection that the last restart has cut, says nothing.
      const left = await sql`select from heartbeat_runs where finished_at is null limit 1`.catch(() => null)
      return left?.length === 0
    },
    'every run has ended',
    90_000,
  ).then(
    () => [],
    (error) => [String(error)],
  )
  const server = crew.map((member) => member.server()).find(Boolean)
  const wrongLogs = [...unended, ...(server ? await findWrongLogs(sql, server) : ['no server was left'])]
  for (const member of crew) {
    const exit = await member.server()?.stop()
    if (exit && exit.code !== 0) wrongLogs.push(`${member.name} ended with ${JSON.stringify(exit)}`)
  }
  return wrongLogs
}

/** Processes of servers, runners and runs that should be gone. */
async function findLeft(crew: Member[]): Promise<string[]> {
  const left = await Promise.all(crew.map(({ dataDir }) => processesWith(dataDir)))
  return left.flat().map((pid) => `process ${pid} is alive`)
}
