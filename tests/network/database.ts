import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startEmbedded } from '@/db/embedded/start'

/**
 * A PostgreSQL on the addresses of the network namespace that this program is started in, and on its usual socket. Takes a
 * data directory; says `ready` when it answers, and ends with its stdin.
 */
const [dataDir = ''] = process.argv.slice(2)
const accessFile = join(dataDir, 'access.conf')
writeFileSync(accessFile, 'local all all trust\nhost all all 10.213.0.0/16 trust\n')
const cluster = await startEmbedded({
  dataDir,
  log: { info: () => {}, error: (fields) => console.error(fields) },
  settings: { fsync: 'off', listen_addresses: '*', hba_file: accessFile },
})
process.stdin.on('end', () => void cluster.stop().then(() => process.exit(0))).resume()
console.log('ready')
