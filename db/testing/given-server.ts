import { once } from 'node:events'
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SocketConnection } from '@/db/connection'
import { parseConnectionUrl } from '@/db/connection-url'
import { chooseUser } from '@/db/embedded/run-as'

/**
 * Reaches the server of REVEILLE_TEST_DATABASE_URL through a unix socket, as tests expect. The user needs to be a
 * superuser without a password; the server should accept 200 connections.
 */
export async function reachGivenServer(url: string): Promise<{ connection: SocketConnection; stop(): Promise<void> }> {
  const { host, port, path, user = 'postgres' } = parseConnectionUrl(url)
  const directory = mkdtempSync(join(tmpdir(), 'reveille-given-'))
  chmodSync(directory, 0o755)
  // Like that of an embedded PostgreSQL: programs that refuse to run as root run as its owner.
  const owner = chooseUser(directory)
  if (owner) chownSync(directory, owner.uid, owner.gid)
  const sockets = new Set<Socket>()
  const listener = createServer((near) => {
    const far = path ? connect(path) : connect(port[0] ?? 5432, host[0])
    near.pipe(far).pipe(near)
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket)
          other.destroy()
        })
    }
  }).listen({ path: join(directory, '.s.PGSQL.5432'), readableAll: true, writableAll: true })
  await once(listener, 'listening')
  return {
    connection: { kind: 'socket', directory, user, database: 'postgres' },
    async stop() {
      const closed = once(listener, 'close')
      listener.close()
      for (const socket of sockets) socket.destroy()
      await closed
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
