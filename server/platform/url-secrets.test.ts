import { afterAll, describe, expect, it } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { maskConfig } from '@/server/secrets/references'
import { resolveSecrets } from '@/server/secrets/resolve'
import { maskUrl, urlSecrets } from './url-secrets'

const database = await createTestDatabase()
afterAll(() => database.drop())

describe('a URL that contains secrets', () => {
  it.each([
    ['https://example.com/run?page=2', 'https://example.com/run?page=2', []],
    ['https://me:hunter2@example.com/', 'https://••••••@example.com/', ['hunter2']],
    ['https:me:hunter2@example.com', 'https://••••••@example.com/', ['hunter2']],
    ['https://t0ken@example.com/', 'https://••••••@example.com/', ['t0ken']],
    ['https://a:p%40ss@b.example/x', 'https://••••••@b.example/x', ['p%40ss', 'p@ss']],
    [
      'https://example.com/?api_key=abc&n=1&X-Amz-Signature=def#x',
      'https://example.com/?api_key=••••••&n=1&X-Amz-Signature=••••••#x',
      ['abc', 'def'],
    ],
    ['https://example.com/?acc%65ss_token=a+b', 'https://example.com/?acc%65ss_token=••••••', ['a+b', 'a b']],
  ])('%s is shown masked', (url, masked, secrets) => {
    expect(maskUrl(url)).toBe(masked)
    expect(urlSecrets(url)).toEqual(secrets)
  })

  it('is masked in the configuration that a viewer sees', () => {
    const config = { url: 'https://me:hunter2@example.com/?key=hunter3', headers: { A: 'b' } }
    expect(JSON.stringify(maskConfig(config))).not.toMatch(/hunter/)
    expect(maskConfig({ command: 'true' })).toEqual({ command: 'true' })
  })

  it('is redacted in the output of its run', async () => {
    const config = { url: 'https://me:hunter2@example.com/?key=hunter3' }
    const key = Buffer.alloc(32)
    expect(await resolveSecrets(database.sql, key, crypto.randomUUID(), config)).toEqual({
      config,
      values: ['hunter2', 'hunter3'],
    })
  })
})
