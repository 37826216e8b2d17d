import { createServer } from 'node:http'
import { packageRoot } from '@/db/package-root'
import type { Env } from '@/server/platform/env'
import type { UpgradeListener } from './websocket'

/** Next attaches an upgrade listener of its own to the server it is given: it gets one that nobody connects to. */
export async function preparePages(env: Pick<Env, 'host' | 'port'>) {
  const dev = process.env.NODE_ENV === 'development'
  // Loaded only where there are pages.
  const { default: next } = await import('next')
  const app = next({ dev, dir: packageRoot(), hostname: env.host, port: env.port, httpServer: createServer() })
  await app.prepare()
  const upgrade = dev ? hotReloadOf(app) : null
  return { request: app.getRequestHandler(), upgrade, close: () => app.close() }
}

/** In a custom server `getUpgradeHandler` bypasses hot reload, without which no page is interactive; the type hides the other. */
function hotReloadOf(app: object): UpgradeListener {
  const { upgradeHandler } = app as { upgradeHandler: UpgradeListener }
  return (request, socket, head) => void upgradeHandler(request, socket, head)
}
