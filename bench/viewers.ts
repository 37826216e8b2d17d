import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { WebSocket } from 'ws'

export type Viewer = {
  /** Bytes of the log that came, without a hole. */
  bytes(): number
  /** How often something was missing or came twice. */
  faults(): number
  done: Promise<void>
  leave(): void
}

/** A viewer that reads nothing but the places of the entries, so that many of them cost little. Resolves when it is asked. */
export async function openViewer(url: string, token: string, path: string, input: object): Promise<Viewer> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/trpc?connectionParams=1`)
  let at = 0
  let faults = 0
  const done = new Promise<void>((resolve, reject) => {
    socket.on('message', (data) => {
      const text = data.toString('latin1', 0, 400)
      if (text === 'PING') return socket.send('PONG')
      const found = /"offset":(\d+),"nextOffset":(\d+)/.exec(text)
      if (found) {
        if (Number(found[1]) !== at) faults++
        at = Number(found[2])
      } else if (text.includes('"stopped"')) resolve()
      else if (text.includes('"error"')) reject(new Error(text))
    })
    socket.once('error', reject)
  })
  done.catch(() => {})
  await once(socket, 'open')
  socket.send(JSON.stringify({ method: 'connectionParams', data: { token } }))
  socket.send(JSON.stringify({ id: 1, method: 'subscription', params: { path, input } }))
  return { bytes: () => at, faults: () => faults, done, leave: () => socket.terminate() }
}

/** Resident memory of a process, in MiB. */
export function rssMibOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}
