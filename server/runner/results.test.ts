import { expect, it } from 'vitest'
import { createResults } from './results'

function box(find: (runIds: string[]) => Promise<{ runId: string; body: unknown }[]>) {
  const asked: string[][] = []
  const results = createResults({
    log: { warn: () => {} },
    find(runIds) {
      asked.push(runIds)
      return find(runIds)
    },
  })
  return { results, asked }
}

const forever = () => new AbortController().signal

it('gives each run its own result, with one look for all that wait', async () => {
  const stored = new Map<string, unknown>()
  const { results, asked } = box(async (runIds) =>
    runIds.filter((runId) => stored.has(runId)).map((runId) => ({ runId, body: stored.get(runId) })),
  )
  const answers = Promise.all(['a', 'b'].map((runId) => results.wait(runId, forever())))
  stored.set('a', 1).set('b', null)
  results.trigger()
  expect(await answers).toEqual([1, null])
  expect(asked.at(-1)).toEqual(['a', 'b'])
})

it('finds by itself what nobody said was there, and bears a database that is away', async () => {
  let looks = 0
  const { results } = box(async () => {
    looks += 1
    if (looks === 1) throw new Error('away')
    return looks < 3 ? [] : [{ runId: 'a', body: 'late' }]
  })
  expect(await results.wait('a', forever())).toBe('late')
})

it('rejects with the reason of the signal, and asks no more when nobody waits', async () => {
  const { results, asked } = box(async () => [])
  const stopping = new AbortController()
  const waiting = results.wait('a', stopping.signal)
  stopping.abort('cancelled')
  await expect(waiting).rejects.toBe('cancelled')
  await expect(results.wait('a', stopping.signal)).rejects.toBe('cancelled')
  const before = asked.length
  results.trigger()
  expect(asked.length).toBe(before)
})
