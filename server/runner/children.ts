import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { packageRoot } from '@/db/package-root'
import type { LogStream } from '@/server/domain/run-status'
import type { ChildEnd, ChildSpec } from './process'
import type { SpawnFailure } from './spawn-failure'

export type RunChild = (spec: ChildSpec) => Promise<ChildEnd | SpawnFailure>

export type Children = {
  /** `runChild`, on a thread of its own. Rejects only where that thread dies. */
  run: RunChild
  stop(): Promise<void>
}

/** The part of a spec that can be sent. `stopped`: why its signal had fired before. */
export type SentSpec = Omit<ChildSpec, 'signal' | 'append' | 'logFailed' | 'started'> & { stopped: unknown }

export type ToChildren =
  | { type: 'run'; id: number; spec: SentSpec }
  | { type: 'stop'; id: number; cause: unknown }
  /** So many bytes of output are in the log. */
  | { type: 'appended'; id: number; bytes: number }
  | { type: 'append-failed'; id: number }

export type FromChildren =
  | { type: 'started'; id: number; process: { pid: number; startedTicks: string | null } }
  | { type: 'output'; id: number; stream: LogStream; bytes: Uint8Array }
  | { type: 'end'; id: number; end: ChildEnd | SpawnFailure }
  | { type: 'thrown'; id: number; error: unknown }

/** How much of a child's output may be under way to the log; and after how much of it the way is told to be free. */
export const windowBytes = 512 * 1024
const toldBytes = 128 * 1024

type Held = { spec: ChildSpec; settle(end: ChildEnd | SpawnFailure): void; reject(error: unknown): void } & Progress
type Progress = { untold: number; cause: unknown }

/**
 * Owns the processes of a runner on a thread of its own: starting one takes a millisecond or more in which nothing else
 * can happen there, neither a lease be renewed nor a log be written.
 */
export function createChildren(): Children {
  const held = new Map<number, Held>()
  let worker: Worker | null = null
  let lastId = 0

  function open(): Worker {
    const opened = startWorker()
    opened.on('message', (message: FromChildren) => hear(message))
    opened.on('error', (error) => lose(opened, error))
    opened.on('exit', () => lose(opened, new Error('The thread that owns the processes has ended.')))
    return opened
  }

  function lose(lost: Worker, error: unknown) {
    if (worker !== lost) return
    worker = null
    for (const { reject } of held.values()) reject(error)
    held.clear()
  }

  function tell(message: ToChildren) {
    worker?.postMessage(message)
  }

  function hear(message: FromChildren) {
    const child = held.get(message.id)
    if (!child) return
    switch (message.type) {
      case 'started':
        return child.spec.started(message.process)
      case 'output':
        return take(message.id, child, message.stream, message.bytes)
      case 'end':
        held.delete(message.id)
        return child.settle(withCause(message.end, child.cause))
      case 'thrown':
        held.delete(message.id)
        return child.reject(message.error)
    }
  }

  function take(id: number, child: Held, stream: LogStream, { buffer, byteOffset, length }: Uint8Array) {
    const appended = () => {
      child.untold += length
      if (child.untold < toldBytes) return
      tell({ type: 'appended', id, bytes: child.untold })
      child.untold = 0
    }
    const failed = (error: unknown) => {
      child.cause ??= error
      tell({ type: 'append-failed', id })
    }
    try {
      const pending = child.spec.append(stream, Buffer.from(buffer, byteOffset, length))
      if (pending) pending.then(appended, failed)
      else appended()
    } catch (error) {
      failed(error)
    }
  }

  return {
    run: ({ signal, append, started, ...rest }) =>
      new Promise((resolve, reject) => {
        worker ??= open()
        const id = ++lastId
        const aborted = () => tell({ type: 'stop', id, cause: signal.reason })
        const forget = () => signal.removeEventListener('abort', aborted)
        held.set(id, {
          spec: { signal, append, started, ...rest },
          untold: 0,
          cause: undefined,
          settle(end) {
            forget()
            resolve(end)
          },
          reject(error) {
            forget()
            reject(error)
          },
        })
        tell({ type: 'run', id, spec: { ...rest, stopped: signal.aborted ? signal.reason : null } })
        signal.addEventListener('abort', aborted, { once: true })
      }),
    async stop() {
      const leaving = worker
      worker = null
      await leaving?.terminate()
    },
  }
}

/** An error of the log stays on this side. */
function withCause(end: ChildEnd | SpawnFailure, cause: unknown): ChildEnd | SpawnFailure {
  return end.endedBy === 'log_failed' ? { ...end, cause } : end
}

function startWorker(): Worker {
  // Beside the bundle this is in; from the source tree there is none.
  const built = fileURLToPath(new URL('children.mjs', import.meta.url))
  if (existsSync(built)) return new Worker(built)
  const source = pathToFileURL(join(packageRoot(), 'server', 'runner', 'children-thread.ts')).href
  return new Worker(`import('tsx/esm/api').then((tsx) => (tsx.register(), import(${JSON.stringify(source)})))`, {
    eval: true,
  })
}
