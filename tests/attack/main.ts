import { join } from 'node:path'
import { packageRoot } from '@/db/package-root'
import { ensureBuilt } from '@/scripts/ensure-built.mjs'
import { endServers, startServer } from '@/tests/server'
import { attack } from './attack'

/** `npm run attack [-- --url URL --token TOKEN]`: ends non-zero when an exploit succeeds. Leaves two companies behind. */
function option(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? undefined : process.argv[at + 1]
}

const url = option('url')
const token = option('token') ?? process.env.REVEILLE_TOKEN
if (url !== undefined && token === undefined) {
  console.error('Give the token of the server with --token, or as REVEILLE_TOKEN.')
  process.exit(2)
}
const say = (line: string) => console.log(`attack  ${line}`)

try {
  const report = await attack(url && token ? { url, token, signInLink: null } : await ownServer(), say)
  say(
    `${report.refused + report.succeeded.length} exploits, ${report.refused} refused, ${report.succeeded.length} succeeded`,
  )
  process.exitCode = report.succeeded.length === 0 ? 0 : 1
} finally {
  await endServers()
}
process.exit()

async function ownServer() {
  await ensureBuilt()
  const server = await startServer({ programs: join(packageRoot(), 'dist') })
  const link = await server.signInLink()
  // Used up, as its owner would: the attacker has only seen it.
  await fetch(`${server.url}/api/sign-in`, { method: 'POST', redirect: 'manual', body: new URL(link).searchParams })
  return { url: server.url, token: server.token, signInLink: link }
}
