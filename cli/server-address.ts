import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { packageRoot } from '@/db/package-root'
import { CliError, wrongUsage } from './cli-error'

type ServerFile = { url: string; publicUrl: string }

/** The address of the API, without a trailing slash: as given, else from the file that the server has written. */
export function serverUrl(given: string | undefined): string {
  const url = given || process.env.REVEILLE_URL
  if (!url) return readServerFile().url
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw wrongUsage(`${url} is not the address of a server, such as http://127.0.0.1:3000.`)
  }
  return url.replace(/\/+$/, '')
}

export function readServerFile(): ServerFile {
  const path = join(dataDirectory(), 'server.json')
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    throw new CliError(
      `No server has written its address to ${path}: start one with \`reveille start\`, set REVEILLE_DATA_DIR as for the server, or give the server's address with --url or REVEILLE_URL.`,
    )
  }
}

/** The absolute path of the data directory; in a checkout, by default the one that `npm start` uses. */
export function dataDirectory(): string {
  const given = process.env.REVEILLE_DATA_DIR
  if (given) return resolve(given)
  const here = resolve('.reveille')
  const ofCheckout = join(packageRoot(), '.reveille')
  return existsSync(here) || !existsSync(ofCheckout) ? here : ofCheckout
}
