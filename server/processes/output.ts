import type { Readable } from 'node:stream'
import { logStreams } from '@/server/domain/run-status'
import { createDeferred } from '@/server/platform/deferred'
import type { Child } from './child'
import type { ChildSpec } from './run-child'

export type Output = {
  /** Resolves when both pipes have been read to their end. */
  ended: Promise<void>
  isEnded(): boolean
  /** Closes the pipes and drops any output still in them. */
  close(): void
}

/**
 * Reads both pipes of a child into the log. While `append` is pending the pipe is not read, so that it fills and the
 * program waits. After a failed append the rest is read and dropped, so that the program can still end by itself.
 */
export function readOutput(child: Child, append: ChildSpec['append'], failed: (error: unknown) => void): Output {
  let hasFailed = false
  let open = 0
  const { promise: ended, resolve } = createDeferred<void>()
  const fail = (error: unknown) => {
    hasFailed = true
    failed(error)
  }
  const read = (stream: Readable, name: (typeof logStreams)[number]) => {
    open += 1
    stream.on('data', (bytes: Buffer) => {
      const pending = hasFailed ? undefined : attempt(() => append(name, bytes), fail)
      if (!pending) return
      stream.pause()
      void pending.catch(fail).then(() => stream.resume())
    })
    let done = false
    const end = () => {
      if (done) return
      done = true
      if (--open === 0) resolve()
    }
    stream.once('end', end).once('close', end).on('error', end)
  }
  for (const name of logStreams) read(child[name], name)
  const close = () => {
    child.stdin?.destroy()
    child.stdout.destroy()
    child.stderr.destroy()
  }
  return { ended, isEnded: () => open === 0, close }
}

function attempt<Value>(act: () => Value, fail: (error: unknown) => void): Value | undefined {
  try {
    return act()
  } catch (error) {
    fail(error)
  }
}
