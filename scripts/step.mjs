import { spawn } from 'node:child_process'
import { createWriteStream, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
export const cacheFolder = join(root, '.cache')
const stillAtItMs = 5000

/** Over an environment that is passed on: packages' own scripts, and builds, have no use for what the server is given. */
export const noSecrets = { DATABASE_URL: undefined, REVEILLE_TOKEN: undefined, REVEILLE_SECRET_KEY: undefined }

/** Everything but the server's own lines goes to stderr. */
export function say(/** @type {string} */ text) {
  process.stderr.write(`${text}\n`)
}

/**
 * Ends the process with the one sentence that a preparation failed with.
 * @param {() => Promise<void>} prepare
 */
export async function orLeave(prepare) {
  await prepare().catch((error) => {
    say(error.message)
    process.exit(1)
  })
}

/**
 * Runs a program to its end and says so. With `logFile` its output goes there, and its end is shown only on failure;
 * else it is shown on stderr as it comes.
 * @param {{ title: string, program: string, args: string[], env?: Record<string, string | undefined>, logFile?: string }} step
 * @returns {Promise<boolean>} whether it exited with 0
 */
export async function runStep({ title, program, args, env, logFile }) {
  const began = Date.now()
  const seconds = () => Math.round((Date.now() - began) / 1000)
  say(`${title} …`)
  const ticking = logFile
    ? setInterval(() => say(`  still ${lowerFirst(title)}, ${seconds()} s`), stillAtItMs)
    : undefined
  const status = await finish(program, args, { ...process.env, ...env }, logFile)
  clearInterval(ticking)
  if (status !== 0 && logFile) say(endOf(logFile))
  say(status === 0 ? `  done in ${seconds()} s` : `  FAILED (${status}) after ${seconds()} s`)
  return status === 0
}

/** @returns {{ program: string, args: string[] }} npm as it runs us, else the one on the path */
export function npm(/** @type {string[]} */ ...args) {
  const script = process.env.npm_execpath
  return script?.endsWith('.js') ? { program: process.execPath, args: [script, ...args] } : { program: 'npm', args }
}

/** A program that a package brings, run by this Node. */
export function tool(/** @type {string} */ path, /** @type {string[]} */ ...args) {
  return { program: process.execPath, args: [join(root, 'node_modules', path), ...args] }
}

async function finish(program, args, env, logFile) {
  if (logFile) await mkdir(dirname(logFile), { recursive: true })
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', logFile ? 'pipe' : 2, logFile ? 'pipe' : 2] })
  const log = logFile && createWriteStream(logFile)
  if (log) {
    child.stdout?.pipe(log, { end: false })
    child.stderr?.pipe(log, { end: false })
  }
  const pass = (/** @type {NodeJS.Signals} */ signal) => {
    child.kill(signal)
    process.exit(signal === 'SIGINT' ? 130 : 143)
  }
  process.once('SIGINT', pass).once('SIGTERM', pass)
  const status = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(code ?? signal))
  })
  process.off('SIGINT', pass).off('SIGTERM', pass)
  if (log) await new Promise((resolve) => log.end(resolve))
  return status
}

function endOf(logFile) {
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-40).join('\n')
}

function lowerFirst(text) {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
