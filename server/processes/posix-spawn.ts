import { readlinkSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Child, Command, Exit } from './child'
import { exitOf } from './exits'
import { type Libc, libc } from './libc'
import { findExecutable } from './spawn-failure'

/**
 * Starts a program with the C library's `posix_spawn`, which copies nothing of this process: Node's `spawn` forks, which
 * takes 0.9 ms at 44 MB, and copies each page written to afterwards. Null where that fails: then nothing was started.
 */
export function posixSpawn(command: Command): Child | null {
  if (!libc) return null
  const path = command.command.includes('/') ? command.command : findExecutable(command)?.path
  return path === undefined ? null : startWith(libc, path, command)
}

function startWith(c: Libc, path: string, { command, args, cwd, env, stdin }: Command): Child | null {
  const pipes = openPipes(c, stdin === undefined ? 2 : 3)
  if (!pipes) return null
  const [output, errors, input] = pipes
  const pid = [0]
  const isReady =
    c.actionsInit(actions) === 0 &&
    (input ? c.addDup2(actions, input.read, 0) : c.addOpen(actions, 0, '/dev/null', 0, 0)) === 0 &&
    c.addDup2(actions, output.write, 1) === 0 &&
    c.addDup2(actions, errors.write, 2) === 0 &&
    c.addChdir(actions, cwd) === 0
  const isStarted =
    isReady &&
    c.posixSpawn(pid, path, actions, attributesOf(c), [command, ...args, null], [...pairsOf(env), null]) === 0
  c.actionsDestroy(actions)
  for (const end of [output.write, errors.write, input?.read]) if (end !== undefined) c.close(end)
  if (!isStarted) {
    for (const end of [output.read, errors.read, input?.write]) if (end !== undefined) c.close(end)
    return null
  }
  return childOf(c, pid[0] ?? 0, output, errors, input)
}

type Pipe = { read: number; write: number }

const closeOnExec = 0o2000000
const newSession = 0x80
const defaultSignals = 0x04
const signalMask = 0x08
// Opaque structures: the largest known of each takes 336 bytes.
const actions = Buffer.alloc(1024)
let attributes: Buffer | undefined

/** A new session, no signal ignored, none blocked: as Node starts a detached program. */
function attributesOf(c: Libc): Buffer {
  if (attributes) return attributes
  attributes = Buffer.alloc(1024)
  c.attributesInit(attributes)
  c.setFlags(attributes, newSession | defaultSignals | signalMask)
  c.setSignalDefault(attributes, Buffer.alloc(128, 0xff))
  c.setSignalMask(attributes, Buffer.alloc(128))
  return attributes
}

function openPipes(c: Libc, count: 2 | 3): [Pipe, Pipe, Pipe?] | null {
  const pipes: Pipe[] = []
  while (pipes.length < count) {
    const fds = [0, 0]
    if (c.pipe2(fds, closeOnExec) !== 0) break
    pipes.push({ read: fds[0] ?? 0, write: fds[1] ?? 0 })
  }
  const [output, errors, input] = pipes
  if (output && errors && pipes.length === count) return [output, errors, input]
  for (const { read, write } of pipes) for (const end of [read, write]) c.close(end)
  return null
}

function pairsOf(env: Record<string, string>): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`)
}

function childOf(c: Libc, pid: number, output: Pipe, errors: Pipe, input: Pipe | undefined): Child {
  let exit: Exit | null = null
  const exited = exitOf(c, pid).then((seen) => {
    exit = seen
    return seen
  })
  const stdout = new Socket({ fd: output.read, readable: true, writable: false })
  const stderr = new Socket({ fd: errors.read, readable: true, writable: false })
  return {
    pid,
    stdin: input ? new Socket({ fd: input.write, readable: false, writable: true }) : null,
    stdout,
    stderr,
    exit: () => exit,
    exited,
    pipes: () => [...nameOf(stdout, output.read), ...nameOf(stderr, errors.read)],
  }
}

/** Another file may get the descriptor's number as soon as the stream is closed. */
function nameOf(stream: Socket, fd: number): string[] {
  return stream.destroyed ? [] : [readlinkSync(`/proc/self/fd/${fd}`)]
}
