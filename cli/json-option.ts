import { readFileSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import { readJson } from '@/server/domain/json'

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/** JSON, or `@` and the name of a file that contains it (`@-` is standard input). */
export function jsonOption(given: string): Json {
  const text = given.startsWith('@') ? contentOf(given.slice(1)) : given
  try {
    return readJson(text) as Json
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}

export function jsonObjectOption(given: string): { [key: string]: Json } {
  const value = jsonOption(given)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new InvalidArgumentError('It must be a JSON object, such as {"command":"echo"}.')
}

function contentOf(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8')
  } catch (error) {
    throw new InvalidArgumentError(`The file cannot be read (${error instanceof Error ? error.message : error}).`)
  }
}
