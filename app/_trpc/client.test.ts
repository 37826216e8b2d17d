import { afterEach, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { eventually } from '@/tests/eventually'
import { openShutDoor } from '@/tests/shut-door'
import { createApiLinks } from './client'

afterEach(() => {
  vi.unstubAllGlobals()
})

it('reconnects with growing delays to a server that refuses its socket', async () => {
  const { url, knocks, close } = await openShutDoor()
  vi.stubGlobal('window', { location: { origin: url } })
  vi.stubGlobal('WebSocket', WebSocket)
  const { client, socket } = createApiLinks()
  const following = client.live.onEvent.subscribe({ companyId: crypto.randomUUID() }, {})
  const [first = 0, , third = 0] = await eventually(() => knocks.length > 2 && knocks, 'a third attempt')
  // At least half of 250 ms, then of 500.
  expect(third - first).toBeGreaterThan(370)
  following.unsubscribe()
  await socket?.close()
  close()
})
