import { join } from 'node:path'
import { expect, it } from 'vitest'
import { packageRoot } from '@/db/package-root'
import { adapterReference } from './reference'

it('is the content of docs/adapters.md', async () => {
  await expect(adapterReference()).toMatchFileSnapshot(join(packageRoot(), 'docs', 'adapters.md'))
})
