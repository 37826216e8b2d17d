import type { LogStream } from '@/server/domain/run-status'
import { createDeferred, type Deferred } from '@/server/platform/deferred'
import { addText, type Batch, createBatch } from './batch'

// As much again may be in flight to the disk, so that reading continues while a batch is written.
const highWaterBytes = 2 * 1024 * 1024
const flushBytes = 512 * 1024
const flushMs = 4

/**
 * Gathers text into batches and writes them one after the other; `write` must not reject.
 * The first output after a pause is written at once, a busy run's every few ms or as soon as a batch is full.
 */
export function createFlusher(write: (batch: Batch) => Promise<void>) {
  let pending = createBatch(0, 0)
  let flushing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let lastFlushAt = 0
  let drained: Deferred<void> | undefined

  function schedule(): void {
    if (flushing || pending.weight === 0) return
    const waitMs = pending.weight >= flushBytes ? 0 : lastFlushAt + flushMs - performance.now()
    if (waitMs > 0) timer ??= setTimeout(flush, waitMs)
    else flush()
  }

  function flush(): void {
    if (flushing) return
    clearTimeout(timer)
    timer = undefined
    lastFlushAt = performance.now()
    const batch = pending
    pending = createBatch(batch.nextOffset, batch.lines)
    flushing = write(batch).then(flushed)
  }

  function flushed(): void {
    flushing = undefined
    if (pending.weight < highWaterBytes) {
      drained?.resolve()
      drained = undefined
    }
    schedule()
  }

  return {
    add(stream: LogStream, text: Buffer, at: number): void {
      addText(pending, stream, text, at)
      schedule()
    },
    /** A promise while more than a bound waits for the disk; it resolves when the disk has caught up. */
    backlog(): Promise<void> | undefined {
      if (pending.weight < highWaterBytes) return undefined
      drained ??= createDeferred<void>()
      return drained.promise
    },
    async drain(): Promise<void> {
      while (flushing || pending.weight > 0) {
        flush()
        await flushing
      }
    },
  }
}
