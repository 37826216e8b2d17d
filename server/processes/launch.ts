import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { Child, Command, Exit } from './child'
import { recordStarted } from './pid-window'
import { posixSpawn } from './posix-spawn'
import { type SpawnFailure, spawnFailureOf } from './spawn-failure'

/**
 * Starts a program in a process group of its own: by `posix_spawn`, and where that is not to be had, or refuses, by
 * Node's `spawn`, which says what is wrong. `stdin` is on its way when this answers.
 *
 * This is the only caller of `posixSpawn`. When the oldest Node supported has a libuv after 1.52 (`process.versions.uv`),
 * Node's `spawn` calls `posix_spawn` itself: then `posix-spawn.ts` and `exits.ts` go.
 */
export function launch(command: Command): Child | SpawnFailure | Promise<SpawnFailure> {
  const child = posixSpawn(command) ?? nodeSpawn(command)
  if ('pid' in child) {
    recordStarted(child.pid)
    // A program that leaves its prompt unread ends as it ends; the broken pipe says nothing more.
    child.stdin?.on('error', () => {}).end(command.stdin)
  }
  return child
}

export function nodeSpawn(given: Command): Child | SpawnFailure | Promise<SpawnFailure> {
  const { command, args, cwd, env, stdin } = given
  try {
    const child = spawn(command, args, {
      cwd,
      env: asProcessEnv(env),
      detached: true,
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    if (!hasBegun(child)) {
      return new Promise((resolve) => child.once('error', (error) => resolve(spawnFailureOf(error, given))))
    }
    child.on('error', () => {})
    return childOf(child)
  } catch (error) {
    return spawnFailureOf(error, given)
  }
}

type Begun = ChildProcess & { pid: number; stdout: Readable; stderr: Readable }

function hasBegun(child: ChildProcess): child is Begun {
  return child.pid !== undefined
}

function childOf(child: Begun): Child {
  const { pid, stdin, stdout, stderr } = child
  let exit: Exit | null = null
  const exited = new Promise<Exit>((resolve) => {
    // 'exit', not 'close': that one waits for whoever holds the pipe.
    child.once('exit', (exitCode, signal) => {
      exit = { exitCode, signal }
      resolve(exit)
    })
  })
  // Its ends of a stream do not have one name.
  return { pid, stdin, stdout, stderr, exit: () => exit, exited, pipes: () => [] }
}

/** Next's types demand a `NODE_ENV` of every environment; a program's is exactly what it was given. */
function asProcessEnv(env: Record<string, string>): NodeJS.ProcessEnv {
  return env as NodeJS.ProcessEnv
}
