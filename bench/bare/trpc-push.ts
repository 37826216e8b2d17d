import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { initTRPC, tracked } from '@trpc/server'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'

// A bare subscription that pushes so many bytes in entries of 8 KiB to whoever asks; its port is all it prints.
const chunk = `${'a line as agents print them: 0123456789, äöü'.padEnd(63, '.')}\n`.repeat(127)
const chunkBytes = Buffer.byteLength(chunk)
const t = initTRPC.context<{ socket: WebSocket }>().create()
const router = t.router({
  push: t.procedure.input(z.object({ bytes: z.number() })).subscription(async function* ({ ctx, input }) {
    for (let offset = 0; offset < input.bytes; offset += chunkBytes) {
      while (ctx.socket.bufferedAmount > 1024 * 1024) await sleep(5)
      const nextOffset = offset + chunkBytes
      yield tracked(String(nextOffset), { offset, nextOffset, ts: new Date().toISOString(), stream: 'stdout', chunk })
    }
  }),
})
const server = createServer().listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`)
})
const wss = new WebSocketServer({ server, perMessageDeflate: false })
applyWSSHandler({ wss, router, createContext: ({ res }) => ({ socket: res }) })
