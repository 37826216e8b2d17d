import { expect, it } from 'vitest'
import { findLogEnd } from './log-end'

const probeOf = (length: number) => {
  let probes = 0
  return { hasByteAt: async (offset: number) => ++probes > 0 && offset < length, probes: () => probes }
}

it('finds a small log with one probe', async () => {
  const probe = probeOf(10_000)
  expect(await findLogEnd(probe.hasByteAt, 65_536)).toBe(0)
  expect(probe.probes()).toBe(1)
})

it.each([65_537, 1_000_000, 268_435_456])('finds the end of %d bytes with a few probes', async (length) => {
  const probe = probeOf(length)
  const end = await findLogEnd(probe.hasByteAt, 65_536)
  expect(end).toBeLessThan(length)
  expect(length - end).toBeLessThanOrEqual(128 * 1024)
  expect(probe.probes()).toBeLessThan(25)
})
