import type { LogStream } from '@/server/domain/run-status'
import { createExcerpt } from './excerpt'
import type { TextTransform } from './log-store'
import { characterFloor, createUtf8Decoder } from './utf8'

export type DecoderSettings = {
  /** The most bytes of text that a log keeps: its beginning. */
  maxBytes: number
  /** Applied in order to the decoded text of one stream before it is stored. */
  transforms?: (stream: LogStream) => TextTransform[]
}

/** Turns a run's output into the text that its log keeps: decoded per stream, transformed, capped. */
export function createDecoder({ maxBytes, transforms = () => [] }: DecoderSettings) {
  /** Created with a stream's first bytes. */
  const chains: Partial<Record<LogStream, TextTransform[]>> = {}
  const excerpt = createExcerpt()
  let keptBytes = 0
  let textBytes = 0

  function chain(stream: LogStream): TextTransform[] {
    chains[stream] ??= [createUtf8Decoder(), ...transforms(stream)]
    return chains[stream]
  }

  function keep(stream: LogStream, text: Buffer): Buffer {
    if (stream === 'stdout') excerpt.push(text)
    // Once text was dropped, all later text is dropped too, so that the log has no gap.
    const room = textBytes > keptBytes ? 0 : maxBytes - keptBytes
    const head = text.length <= room ? text : text.subarray(0, characterFloor(text, room))
    keptBytes += head.length
    textBytes += text.length
    return head
  }

  return {
    push(stream: LogStream, bytes: Buffer): Buffer {
      let text = bytes
      for (const transform of chain(stream)) text = transform.push(text)
      return keep(stream, text)
    },
    end(stream: LogStream): Buffer {
      let text = Buffer.alloc(0)
      for (const transform of chains[stream] ?? []) text = Buffer.concat([transform.push(text), transform.end()])
      return keep(stream, text)
    },
    /** All text, kept or dropped. */
    textBytes: () => textBytes,
    /** Whether text was dropped; all later text is dropped too. */
    isFull: () => textBytes > keptBytes,
    stdoutExcerpt: () => excerpt.text(),
  }
}
