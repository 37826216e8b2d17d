import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheFolder, npm, root, runStep, tool } from './step.mjs'

/** The environment of the browser tests. */
type Browser = { E2E_CHROMIUM: string; LD_LIBRARY_PATH?: string }
type Command = { program: string; args: string[] }

const packaged = '@sparticuz/chromium@153.0.0'

/** A Chromium that runs here: the one named by E2E_CHROMIUM, Playwright's, the system's, else one that is installed now. */
export async function findBrowser(): Promise<Browser> {
  for (const find of [named, fromPlaywright, fromSystem, installFromPlaywright, installFromNpm, installFromSystem]) {
    const found = await find()
    if (found && works(found)) return found
  }
  throw new Error('No Chromium runs here and none could be installed: set E2E_CHROMIUM to the path of one.')
}

function named(): Browser | undefined {
  return asFound(process.env.E2E_CHROMIUM)
}

async function fromPlaywright(): Promise<Browser | undefined> {
  const { chromium } = await import('playwright')
  return asFound(chromium.executablePath())
}

function fromSystem(): Browser | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const folders = (process.env.PATH ?? '').split(':')
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)))
  paths.push('/Applications/Google Chrome.app/Contents/MacOS/Google Chrome')
  return paths.map(asFound).find((found) => found && works(found))
}

async function installFromPlaywright(): Promise<Browser | undefined> {
  await install('Installing a browser', tool('playwright/cli.js', 'install', 'chromium'))
  return fromPlaywright()
}

/** The package contains the system libraries that it needs, so this takes neither root nor a package manager. */
export async function installFromNpm(): Promise<Browser | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const folder = join(cacheFolder, 'browser')
  if (!existsSync(join(folder, 'node_modules', '@sparticuz', 'chromium'))) {
    await install(
      'Installing a browser from npm',
      npm('install', '--prefix', folder, '--no-audit', '--no-fund', packaged),
    )
  }
  const script = "import('@sparticuz/chromium').then(async (m) => console.log(await m.default.executablePath()))"
  const env = { ...process.env, AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' }
  const { stdout } = spawnSync(process.execPath, ['-e', script], { cwd: folder, env, encoding: 'utf8' })
  const found = asFound(stdout?.trim().split('\n').at(-1))
  return found && { ...found, LD_LIBRARY_PATH: join(tmpdir(), 'al2023', 'lib') }
}

async function installFromSystem(): Promise<Browser | undefined> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined
  await install('Reading the package lists', { program: 'apt-get', args: ['update'] })
  await install('Installing chromium', { program: 'apt-get', args: ['install', '-y', 'chromium'] })
  return fromSystem()
}

function install(title: string, command: Command): Promise<boolean> {
  return runStep({ title, ...command, logFile: join(cacheFolder, 'browser.log') })
}

function asFound(path: string | undefined): Browser | undefined {
  return path && existsSync(path) ? { E2E_CHROMIUM: path } : undefined
}

/** To print its version it has to load its libraries: a missing one shows here. */
export function works(found: Browser): boolean {
  const env = { ...process.env, ...found }
  return spawnSync(found.E2E_CHROMIUM, ['--version', '--no-sandbox'], { cwd: root, env, timeout: 20_000 }).status === 0
}
