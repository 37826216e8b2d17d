import { parentPort } from 'node:worker_threads'
import { type FromChildren, type SentSpec, type ToChildren, windowBytes } from './children'
import { runChild } from './process'

/** The thread behind `createChildren`. */
type Child = {
  stopping: AbortController
  /** Sent, and not known to be in the log. */
  underWayBytes: number
  logFailed: AbortController
  /** Settles what waits for room. */
  goOn(): void
}

const children = new Map<number, Child>()

parentPort?.on('message', (message: ToChildren) => {
  if (message.type === 'run') return void run(message.id, message.spec)
  const child = children.get(message.id)
  if (!child) return
  if (message.type === 'stop') child.stopping.abort(message.cause)
  if (message.type === 'appended') child.underWayBytes -= message.bytes
  if (message.type === 'append-failed') child.logFailed.abort()
  child.goOn()
})

async function run(id: number, { stopped, ...spec }: SentSpec) {
  const [stopping, logFailed] = [new AbortController(), new AbortController()]
  const child: Child = { stopping, underWayBytes: 0, logFailed, goOn: () => {} }
  children.set(id, child)
  if (stopped !== null) stopping.abort(stopped)
  try {
    const end = await runChild({
      ...spec,
      signal: stopping.signal,
      logFailed: new Promise((resolve) => logFailed.signal.addEventListener('abort', resolve, { once: true })),
      started: (process) => send({ type: 'started', id, process }),
      append(stream, bytes) {
        child.underWayBytes += bytes.length
        const own = owned(bytes)
        send({ type: 'output', id, stream, bytes: own }, [own.buffer])
        return child.underWayBytes >= windowBytes || logFailed.signal.aborted ? room(child) : undefined
      },
    })
    send({ type: 'end', id, end })
  } catch (error) {
    send({ type: 'thrown', id, error })
  } finally {
    children.delete(id)
  }
}

/** Resolves when there is room for more; rejects when the log takes no more. */
function room(child: Child): Promise<void> {
  return new Promise((resolve, reject) => {
    child.goOn = () => {
      if (child.logFailed.signal.aborted) reject(new Error('The log could not be written.'))
      else if (child.underWayBytes < windowBytes) resolve()
    }
    child.goOn()
  })
}

/** Bytes whose memory is theirs alone, so that it can be handed over. */
function owned(bytes: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes
  if (buffer instanceof ArrayBuffer && bytes.length === buffer.byteLength) return new Uint8Array(buffer)
  return new Uint8Array(bytes)
}

function send(message: FromChildren, transfer: ArrayBuffer[] = []) {
  parentPort?.postMessage(message, transfer)
}
