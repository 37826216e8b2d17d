#!/usr/bin/env node
import { existsSync } from 'node:fs'

// The package holds the built programs and no scripts; a checkout builds them when a source has changed.
const preparation = new URL('../scripts/prepare-cli.mjs', import.meta.url)
if (existsSync(preparation)) {
  const { prepareCli } = await import(preparation.href)
  await prepareCli()
}
process.setSourceMapsEnabled(true)
await import(new URL('../dist/cli.mjs', import.meta.url).href)
