import { spawn } from 'node:child_process'
import { createWriteStream, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
export const cacheFolder = join(root, '.cache')
const progressEveryMs = 5000

/** Laid over an environment that is passed on: install scripts and builds need none of the server's secrets. */
export const noSecrets = { DATABASE_URL: undefined, REVEILLE_TOKEN: undefined, REVEILLE_SECRET_KEY: undefined }

/** Stdout is for the server's own lines and for results. */
export function say(/** @type {string} */ text) {
  process.stderr.write(`${text}\n`)
}

/**
 * Where a preparation fails, its sentence is printed and the process ends.
 * @param {() => Promise<void>} prepare
 */
export async function orLeave(prepare) {
  try {
    await prepare()
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    process.exit(1)
  }
}

/** @typedef {Record<string, string | undefined>} Environment */

/**
 * Runs a program to its end and reports its progress. With `logFile` its output goes there, and the last lines are shown
 * only on failure; else it is shown on stderr as it comes.
 * @param {{ title: string, program: string, args: string[], env?: Environment, logFile?: string }} step
 * @returns {Promise<boolean>} whether it exited with 0
 */
export async function runStep({ title, program, args, env, logFile }) {
  const began = Date.now()
  const seconds = () => Math.round((Date.now() - began) / 1000)
  say(`${title} …`)
  const ticking = logFile
    ? setInterval(() => say(`  still ${lowerFirst(title)}, ${seconds()} s`), progressEveryMs)
    : undefined
  const status = await runProgram(program, args, env, logFile)
  clearInterval(ticking)
  if (status !== 0 && logFile) say(lastLinesOf(logFile))
  say(status === 0 ? `  done in ${seconds()} s` : `  FAILED (${status}) after ${seconds()} s`)
  return status === 0
}

/** The npm that runs this process, else the one on the path. */
export function npm(/** @type {string[]} */ ...args) {
  const script = process.env.npm_execpath
  return script?.endsWith('.js') ? { program: process.execPath, args: [script, ...args] } : { program: 'npm', args }
}

/** A program that a package brings, run by this Node. */
export function tool(/** @type {string} */ path, /** @type {string[]} */ ...args) {
  return { program: process.execPath, args: [join(root, 'node_modules', path), ...args] }
}

/** A TypeScript file of the checkout, run by this Node. */
export function typeScript(/** @type {string} */ file, /** @type {string[]} */ ...args) {
  return { program: process.execPath, args: ['--import', 'tsx', file, ...args] }
}

/**
 * Runs a program in the checkout to its end; a signal to stop this process stops both.
 * @param {string} program
 * @param {string[]} args
 * @param {Environment} [env] over that of this process
 * @param {string} [logFile] takes the output, which else goes to stderr
 * @returns {Promise<number | string | null>} its exit code, the signal that ended it, or why it could not be started
 */
export async function runProgram(program, args, env, logFile) {
  if (logFile) await mkdir(dirname(logFile), { recursive: true })
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', logFile ? 'pipe' : 2, logFile ? 'pipe' : 2],
  })
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

function lastLinesOf(/** @type {string} */ logFile) {
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-40).join('\n')
}

function lowerFirst(/** @type {string} */ text) {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
