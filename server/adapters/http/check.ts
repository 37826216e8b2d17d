import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Check } from '@/server/adapters/adapter'
import type { HttpConfig } from './config'
import { faultSentence } from './fault'
import { guardedLookup, refuseAddress } from './outbound'

/** Checks whether the address can be reached, without sending a request. */
export async function check({ url }: HttpConfig): Promise<Check[]> {
  const name = 'address'
  const { host } = new URL(url)
  try {
    await reach(url)
    return [{ name, level: 'info', message: `${host} can be reached.` }]
  } catch (error) {
    return [{ name, level: 'error', message: faultSentence(error, url) }]
  }
}

const reachWithinMs = 5000

function reach(url: string): Promise<void> {
  const { protocol, hostname, port } = new URL(url)
  const isTls = protocol === 'https:'
  const host = hostname.replace(/^\[|\]$/g, '')
  const target = { host, port: Number(port) || (isTls ? 443 : 80), lookup: guardedLookup }
  return new Promise((resolve, reject) => {
    refuseAddress(hostname)
    const socket = isTls ? connectTls({ ...target, servername: host }) : connect(target)
    socket.setTimeout(reachWithinMs, () => socket.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })))
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', reject)
  })
}
