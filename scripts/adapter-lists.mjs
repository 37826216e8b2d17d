import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from './step.mjs'

const folder = join(root, 'server', 'adapters')
const heading = '// Made from the folders beside it: `node scripts/adapter-lists.mjs`, which every build does.\n'

/** What is to stand in the two lists of adapters, by their paths: one for the server, one for who reads output alone. */
export function adapterLists(/** @type {string} */ adapters = folder) {
  const names = readdirSync(adapters).filter((name) => existsSync(join(adapters, name, 'adapter.ts')))
  const kinds = names.sort().map((name) => {
    const parts = name.split('-')
    const camel = parts.map((part, at) => (at === 0 ? part : part[0]?.toUpperCase() + part.slice(1))).join('')
    return { name, type: parts.join('_'), camel }
  })
  const lines = (/** @type {(kind: (typeof kinds)[number]) => string} */ line) => kinds.map(line).join('\n')
  return {
    [join(adapters, 'all.ts')]: `${heading}import type { Adapter } from './adapter'
${lines(({ name, camel }) => `import { ${camel}Adapter } from './${name}/adapter'`)}

export const adapters = {
${lines(({ type, camel }) => `  ${type}: ${camel}Adapter,`)}
} satisfies Record<string, Adapter>
`,
    [join(adapters, 'all-formats.ts')]: `${heading}import type { LogFormat } from '@/server/domain/transcript'
import type { adapters } from './all'
${lines(({ name, camel }) => `import { format as ${camel} } from './${name}/format'`)}

export const formats = {
${lines(({ type, camel }) => (type === camel ? `  ${type},` : `  ${type}: ${camel},`))}
} satisfies Record<keyof typeof adapters, LogFormat | null>
`,
  }
}

/** Writes those that have changed. */
export function writeAdapterLists() {
  for (const [path, text] of Object.entries(adapterLists())) {
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeAdapterLists()
