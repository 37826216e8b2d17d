import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '@/tests/eventually'
import { checkDatabase } from './check-database'
import { openClient } from './connection'
import { migrate } from './migrate'
import { sessionSettings } from './session-settings'
import { createTestDatabase } from './testing/database'

const program = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find((path) => existsSync(path)) ?? 'pgbouncer'
const isInstalled = spawnSync(program, ['--version']).status === 0

// Skipped where PgBouncer is not installed: it is a system program, which npm does not install.
describe.skipIf(!isInstalled)('behind PgBouncer', async () => {
  const database = await createTestDatabase()
  const { directory, user, database: name } = database.connection
  const folder = mkdtempSync(join(tmpdir(), 'reveille-pgbouncer-'))
  const needs = { leaseMs: 15_000, connections: 42 }
  let pooler: ChildProcess

  beforeAll(async () => {
    const modes = ['session', 'transaction', 'statement'].map(
      (mode) => `${mode} = host=${directory} port=5432 dbname=${name} user=${user} pool_mode=${mode}`,
    )
    const settings = ['listen_port = 6432', `unix_socket_dir = ${folder}`, 'auth_type = any', 'default_pool_size = 50']
    const ignored = 'ignore_startup_parameters = options, lock_timeout, statement_timeout'
    writeFileSync(join(folder, 'ini'), ['[databases]', ...modes, '[pgbouncer]', ...settings, ignored, ''].join('\n'))
    // Like PostgreSQL, it refuses to run as root; only its user may use the socket of the cluster.
    const { uid, gid } = statSync(directory)
    const runAs = process.getuid?.() === 0 ? { uid, gid } : {}
    if (process.getuid?.() === 0) for (const path of [folder, join(folder, 'ini')]) chownSync(path, uid, gid)
    pooler = spawn(program, [join(folder, 'ini')], { ...runAs, stdio: 'ignore' })
    await eventually(() => existsSync(join(folder, '.s.PGSQL.6432')), 'PgBouncer listens')
  })
  afterAll(async () => {
    const ended = once(pooler, 'exit')
    pooler.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
    await database.drop()
  })

  const behind = (mode: string) => ({
    kind: 'url' as const,
    url: `postgres:///${mode}?host=${folder}&port=6432&user=me`,
  })

  test('in session mode everything works, and every session has its settings, which PgBouncer does not accept at its start', async () => {
    await checkDatabase(behind('session'), needs)
    await migrate(behind('session'))
    const options = { max: 3, applicationName: 'test', leaseMs: 6000 }
    const sql = openClient(behind('session'), options)
    const wanted = sessionSettings(options)
    const found = await Promise.all(
      [1, 2, 3].map(
        () => sql<{ name: string; setting: string }[]>`
          select name, setting from pg_settings, pg_sleep(0.1) where name = any(${Object.keys(wanted)})`,
      ),
    )
    for (const rows of found) expect(Object.fromEntries(rows.map((row) => [row.name, row.setting]))).toEqual(wanted)
    const heard: string[] = []
    await sql.listen('anything', (text) => heard.push(text))
    await sql.notify('anything', 'heard')
    await eventually(() => heard.includes('heard'), 'the notification')
    await sql.end()
  })

  test.each(['transaction', 'statement'])('pool_mode = %s is rejected in one sentence that names it', async (mode) => {
    await expect(checkDatabase(behind(mode), needs)).rejects.toThrow(
      /^Between Reveille and the database is a pooler .*Set pool_mode = session/,
    )
  })
})
