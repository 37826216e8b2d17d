import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { Child, Command, Exit } from './child'
import { recordStarted } from './pid-window'
import { posixSpawn } from './posix-spawn'
import { type SpawnFailure, spawnFailureOf } from './spawn-failure'

/**
 * Starts a program in its own process group: with `posix_spawn`, or, where that is unavailable or fails, with Node's
 * `spawn`, which reports the error. `stdin` is being written when this returns.
 *
 * This is the only caller of `posixSpawn`. Once the oldest supported Node has a libuv after 1.52 (`process.versions.uv`),
 * Node's `spawn` calls `posix_spawn` itself: then `posix-spawn.ts` and `exits.ts` can be removed.
 */
export function launch(command: Command): Child | SpawnFailure | Promise<SpawnFailure> {
  const child = posixSpawn(command) ?? nodeSpawn(command)
  if ('pid' in child) {
    recordStarted(child.pid)
    // A program may leave its prompt unread: its exit is what counts, not the broken pipe.
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
    if (!hasStarted(child)) {
      return new Promise((resolve) => child.once('error', (error) => resolve(spawnFailureOf(error, given))))
    }
    child.on('error', () => {})
    return childOf(child)
  } catch (error) {
    return spawnFailureOf(error, given)
  }
}

type StartedProcess = ChildProcess & { pid: number; stdout: Readable; stderr: Readable }

function hasStarted(child: ChildProcess): child is StartedProcess {
  return child.pid !== undefined
}

function childOf(child: StartedProcess): Child {
  const { pid, stdin, stdout, stderr } = child
  let exit: Exit | null = null
  const exited = new Promise<Exit>((resolve) => {
    // 'exit', not 'close', which waits until every process that has the pipe open has ended.
    child.once('exit', (exitCode, signal) => {
      exit = { exitCode, signal }
      resolve(exit)
    })
  })
  // Node uses socket pairs, whose two ends have different names.
  return { pid, stdin, stdout, stderr, exit: () => exit, exited, pipes: () => [] }
}

/** Next's types require `NODE_ENV` in every environment; a program gets exactly the variables that it was given. */
function asProcessEnv(env: Record<string, string>): NodeJS.ProcessEnv {
  return env as NodeJS.ProcessEnv
}
