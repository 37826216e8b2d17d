import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, it } from 'vitest'
import { packageRoot } from '@/db/package-root'
import { makeTestFolder } from '@/tests/programs'
import { buildPrograms } from './build-programs'

it('bundles the patched postgres.js into the programs, and leaves other packages outside', async () => {
  const folder = makeTestFolder('programs')
  await buildPrograms(relative(packageRoot(), folder))
  const programs = readdirSync(folder).filter((name) => name.endsWith('.mjs'))
  const textOf = (name: string) => readFileSync(join(folder, name), 'utf8')
  expect(programs.sort()).toEqual(['cli.mjs', 'client.mjs', 'runner.mjs', 'server.mjs'])
  const isExternal = (text: string, name: string) => new RegExp(`(from|import\\() ?"${name}"`).test(text)
  // A line of the patch; esbuild numbers names that occur twice.
  const isPatched = (text: string) => /errorResponse\d* && query\d* && query\d* === session\d*;/.test(text)
  for (const name of ['server.mjs', 'runner.mjs', 'cli.mjs']) {
    const text = textOf(name)
    expect([name, isPatched(text), isExternal(text, 'postgres')]).toEqual([name, true, false])
  }
  expect(isExternal(textOf('server.mjs'), 'ws')).toBe(true)
})
