import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import type { Command } from './child'

/** Why a program could not be started; `error` is a sentence for people. */
export type SpawnFailure = {
  endedBy: 'not_started'
  errorCode: 'spawn_failed' | 'invalid_working_directory' | 'invalid_config'
  error: string
}

/** A NUL character would end a string early for the system. Null where there is none. */
export function nulCharacterFault({ command, args, cwd, env }: Command): SpawnFailure | null {
  const texts: [string, string][] = [
    ['the command', command],
    ['the working directory', cwd],
  ]
  args.forEach((arg, index) => {
    texts.push([`argument ${index + 1}`, arg])
  })
  for (const [name, value] of Object.entries(env)) texts.push([`the environment variable ${name}`, `${name}${value}`])
  const bad = texts.find(([, text]) => text.includes('\0'))
  if (!bad) return null
  return notStarted('invalid_config', `There is a NUL character in ${bad[0].replaceAll('\0', '')}. Remove it.`)
}

/** Explains an error that `spawn` threw or emitted. The directory is checked first: the system reports ENOENT for both. */
export function spawnFailureOf(error: unknown, spec: Command): SpawnFailure {
  const directory = directoryFault(spec.cwd)
  if (directory) return notStarted('invalid_working_directory', directory)
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  return notStarted('spawn_failed', commandFault(code, spec))
}

/** What is wrong with a working directory, as a sentence; null when a program can be started in it. */
export function directoryFault(cwd: string): string | null {
  try {
    if (!statSync(cwd).isDirectory()) return `The working directory ${cwd} is not a directory.`
    accessSync(cwd, constants.X_OK)
    return null
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EACCES') return `The server's user has no permission to enter the working directory ${cwd}.`
    return `The working directory ${cwd} does not exist.`
  }
}

/** Finds a command as the system does: by path, or by name in `PATH`. Null when there is no such file. */
export function findExecutable({ command, cwd, env }: Command): { path: string; executable: boolean } | null {
  const paths = command.includes('/')
    ? [isAbsolute(command) ? command : resolve(cwd, command)]
    : (env.PATH ?? '/usr/bin:/bin').split(delimiter).map((folder) => join(resolve(cwd, folder), command))
  let first: string | undefined
  for (const path of paths) {
    if (!isFile(path)) continue
    if (isExecutable(path)) return { path, executable: true }
    first ??= path
  }
  return first === undefined ? null : { path: first, executable: false }
}

function commandFault(code: string, spec: Command): string {
  const { command } = spec
  const file = findExecutable(spec)
  if (code === 'ENOENT' && file) {
    return `The command ${file.path} could not be started: the interpreter named in its first line was not found.`
  }
  // The system reports EACCES for a command found nowhere when a folder of PATH may not be entered.
  if (code === 'ENOENT' || code === 'ENOTDIR' || (code === 'EACCES' && !file && !command.includes('/'))) {
    return command.includes('/')
      ? `The command ${command} was not found.`
      : `The command ${command} was not found in PATH. Install it, or give its full path.`
  }
  if (code === 'EACCES') {
    return `The command ${file?.path ?? command} may not be executed: the server's user has no permission to execute it.`
  }
  if (code === 'E2BIG')
    return `The command ${command} could not be started: its arguments and environment are too long.`
  if (code === 'ENOEXEC') return `The command ${command} could not be started: it is not a program for this machine.`
  if (code === 'EAGAIN' || code === 'ENOMEM' || code === 'EMFILE' || code === 'ENFILE') {
    return `The command ${command} could not be started: the machine has no room for another process (${code}).`
  }
  return `The command ${command} could not be started (${code}).`
}

function notStarted(errorCode: SpawnFailure['errorCode'], error: string): SpawnFailure {
  return { endedBy: 'not_started', errorCode, error }
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
  } catch {
    return false
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
