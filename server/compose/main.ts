import { StartupError } from '@/server/domain/startup-error'
import { boot } from './boot'

// A reader of our output that goes away must not end the server, nor make it log about it for ever.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

// Stdout carries only the lines that people and programs wait for; libraries print there too.
console.log = console.info = (...args: unknown[]) => console.error(...args)

boot().catch((error) => {
  const text = error instanceof StartupError ? error.message : error instanceof Error ? error.stack : String(error)
  process.stderr.write(`reveille: ${text}\n`)
  process.exit(1)
})
