import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the checkout, from the source tree or from a bundle in `dist`. */
export function packageRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (isReveille(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder)) throw new Error('not inside a checkout of Reveille')
  }
}

function isReveille(path: string): boolean {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).name === 'reveille'
  } catch {
    return false
  }
}
