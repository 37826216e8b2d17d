import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from 's3rver'

/** What a server needs to know to keep its logs there. */
export type ObjectStorage = {
  settings: { endpoint: string; bucket: string; region: string }
  env: Record<string, string>
  /** `METHOD key` of the requests so far. */
  requests(): string[]
  close(): Promise<void>
}

/** A real S3-compatible server on loopback with one bucket, in a folder of its own. */
export async function startObjectStorage(): Promise<ObjectStorage> {
  const directory = mkdtempSync(join(tmpdir(), 'reveille-s3-'))
  const bucket = 'reveille-logs'
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory,
    configureBuckets: [{ name: bucket, configs: [] }],
  })
  const { port } = await server.run()
  const requests: string[] = []
  server.httpServer.on('request', ({ method, url }) =>
    requests.push(`${method} ${url?.replace(/^[^?]*\/|\?.*$/g, '')}`),
  )
  const settings = { endpoint: `http://127.0.0.1:${port}`, bucket, region: 'us-east-1' }
  // The pair that this server takes.
  const credentials = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' }
  return {
    settings,
    env: {
      ...credentials,
      REVEILLE_LOG_STORE: 's3',
      REVEILLE_S3_ENDPOINT: settings.endpoint,
      REVEILLE_S3_BUCKET: bucket,
    },
    requests: () => [...requests],
    async close() {
      await server.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
