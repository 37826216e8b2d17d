import { expect, it } from 'vitest'
import { createServiceList } from './service'

it('starts services in order and stops them in reverse, however one of them stops', async () => {
  const steps: string[] = []
  const services = createServiceList()
  const serviceOf = (name: string) => ({
    name,
    start: async () => steps.push(`start ${name}`),
    stop: async () => steps.push(`stop ${name}`),
  })
  services.add('opened', async () => steps.push('stop opened'))
  await services.start(serviceOf('first'))
  const stop = () => Promise.reject(new Error('it hangs'))
  await services.start({ ...serviceOf('second'), stop })
  await services.start(serviceOf('third'))
  await services.stop((error, name) => steps.push(`${name}: ${error}`))
  expect(steps).toEqual([
    'start first',
    'start second',
    'start third',
    'stop third',
    'second: Error: it hangs',
    'stop first',
    'stop opened',
  ])
  await services.stop(() => {})
  expect(steps).toHaveLength(7)
})

it('stops what was being started when the start failed', async () => {
  const stopped: string[] = []
  const services = createServiceList()
  const start = () => Promise.reject(new Error('no'))
  const stop = async () => stopped.push('broken')
  await expect(services.start({ name: 'broken', start, stop })).rejects.toThrow('no')
  await services.stop(() => {})
  expect(stopped).toEqual(['broken'])
})
