import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { failureOf } from '@/server/api/trpc/errors'
import { type Door, openDoor } from '@/server/compose/listen'
import { readBody, readJsonBody } from './body'
import { sendError, sendJson } from './respond'

const maxBytes = 1000
let door: Door
beforeAll(async () => {
  door = await openDoor({ host: '127.0.0.1', port: 0 })
  door.serve((request, response) => {
    const read = request.url === '/json' ? readJsonBody(request, response, { maxBytes }) : length(request, response)
    read.then(
      (body) => sendJson(response, 200, { body }),
      (error) => sendError(response, failureOf(error)),
    )
  }, null)
})
afterAll(() => door.close())

async function length(request: IncomingMessage, response: ServerResponse) {
  return (await readBody(request, response, maxBytes)).length
}

const post = (body: string | ReadableStream, path = '/') =>
  fetch(door.url + path, { method: 'POST', body, duplex: 'half' } as RequestInit)

function raw(): Socket & { said: string } {
  const { hostname, port } = new URL(door.url)
  const socket = Object.assign(connect(Number(port), hostname), { said: '' })
  socket.setEncoding('utf8').on('data', (text) => (socket.said += text))
  socket.on('error', () => {})
  return socket
}

async function saying(socket: { said: string } & Socket, pattern: RegExp) {
  while (!pattern.test(socket.said) && !socket.destroyed) await once(socket, 'data')
  return socket.said
}

test('a body of the greatest size is read, one with a byte more is not', async () => {
  expect(await (await post('x'.repeat(1000))).json()).toEqual({ body: 1000 })
  expect((await post('x'.repeat(1001))).status).toBe(413)
})

test.each(['with its length', 'in chunks'])(
  'a client that sends far too much, %s, gets the refusal each time',
  async (how) => {
    for (let time = 0; time < 15; time++) {
      const text = 'x'.repeat(8_000_000)
      const answer = await post(how === 'in chunks' ? new Blob([text]).stream() : text)
      expect(answer.status).toBe(413)
      expect(answer.headers.get('connection')).toBe('close')
      expect((await answer.json()).error).toEqual({
        reason: 'too_large',
        message: 'The body must have at most 1000 bytes.',
      })
    }
  },
)

test('a client that reads only after sending everything finds the answer', async () => {
  const socket = raw()
  socket.pause()
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 13107200\r\n\r\n')
  for (let part = 0; part < 200; part++) {
    if (!socket.write(Buffer.alloc(65_536, 'x'))) await once(socket, 'drain')
  }
  socket.resume()
  await once(socket, 'end')
  expect(socket.said).toMatch(/^HTTP\/1.1 413 [\s\S]*too_large/)
})

test('a slow sender gets the refusal at once, and its body is read before the connection ends', async () => {
  const socket = raw()
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nx`)
  expect(await saying(socket, /too_large/)).toMatch(/^HTTP\/1.1 413 /)
  expect(socket.readableEnded).toBe(false)
  for (let part = 0; part < 4; part++) socket.write('x'.repeat(1000))
  socket.write('x'.repeat(999))
  await once(socket, 'end')
})

test('100 Continue is sent for a body that is accepted, and for no other', async () => {
  const expecting = (bytes: number) => {
    const socket = raw()
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ${bytes}\r\n\r\n`)
    return socket
  }
  const large = expecting(5000)
  await once(large, 'end')
  expect(large.said).toMatch(/^HTTP\/1.1 413 [\s\S]*connection: close/i)
  const small = expecting(5)
  expect(await saying(small, /Continue/)).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\n$/)
  small.write('hello')
  expect(await saying(small, /body/)).toMatch(/HTTP\/1.1 200 [\s\S]*\{"body":5\}/)
  expect(small.said).not.toMatch(/connection: close/i)
  small.destroy()
})

test('a connection stays open for further requests after a body was read', async () => {
  const socket = raw()
  const request = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi'
  socket.write(request + request)
  await saying(socket, /"body":2[\s\S]*"body":2/)
  socket.destroy()
})

test('a byte order mark is ignored; invalid JSON and values that cannot be stored are refused with their path', async () => {
  const ask = async (text: string) => (await post(text, '/json')).json()
  expect(await ask('\ufeff{"a":1}')).toEqual({ body: { a: 1 } })
  expect(await ask(' ')).toEqual({ body: {} })
  expect(await ask('{')).toMatchObject({
    error: { reason: 'invalid_input', message: expect.stringMatching(/^It is not JSON/) },
  })
  for (const [text, path] of [
    [String.raw`{"a":{"b":["","\u0000"]}}`, 'a.b.1'],
    [String.raw`{"a":{"\ud83d":1}}`, 'a.\ufffd'],
    ['{"a":{"__proto__":1}}', 'a.__proto__'],
    ['{"a":[1e999]}', 'a.0'],
  ]) {
    expect((await ask(text ?? '')).error).toMatchObject({ reason: 'invalid_input', path })
  }
})
