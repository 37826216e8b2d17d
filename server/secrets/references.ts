import { isJsonObject, type JsonObject } from '@/server/domain/json'
import { maskUrl } from '@/server/platform/url-secrets'

/** The fields of an adapter's configuration whose values may refer to secrets: `{ "secret": "NAME" }`. */
const fields = ['env', 'headers'] as const

/** The most variables, and the most headers: far more than a program or a server accepts. */
export const mostEntries = 1000

type Entry = { field: (typeof fields)[number]; key: string; value: unknown }

const looksSecret = /key|token|secret|password|authorization|cookie|credential/i

/** Every `env` and header value of a configuration. */
export function secretEntries(config: JsonObject): Entry[] {
  return fields.flatMap((field) =>
    Object.entries(isJsonObject(config[field]) ? config[field] : {}).map(([key, value]) => ({ field, key, value })),
  )
}

/** The field with more than `mostEntries` entries, if any; checked before the entries themselves. */
export function oversizedField(config: unknown): string | null {
  if (!isJsonObject(config)) return null
  return fields.find((field) => isJsonObject(config[field]) && Object.keys(config[field]).length > mostEntries) ?? null
}

export function secretNameOf(value: unknown): string | null {
  return isJsonObject(value) && typeof value.secret === 'string' ? value.secret : null
}

/** A plain value under a name such as API_KEY or Authorization: it must not be stored unsealed. */
export function isPlainSecret({ key, value }: Entry): boolean {
  return typeof value === 'string' && value !== '' && looksSecret.test(key)
}

/** A copy of the configuration with some values replaced. */
export function replaceEntries(config: JsonObject, replace: (entry: Entry) => unknown): JsonObject {
  const replaced: JsonObject = { ...config }
  for (const field of fields) {
    if (!isJsonObject(config[field])) continue
    const values = secretEntries(config).filter((entry) => entry.field === field)
    replaced[field] = Object.fromEntries(values.map((entry) => [entry.key, replace(entry)]))
  }
  return replaced
}

/** For readers who may see that a value is set, but not the value. */
export function maskConfig(config: JsonObject): JsonObject {
  const masked = replaceEntries(config, ({ value }) => (secretNameOf(value) === null ? '••••••' : value))
  return typeof config.url === 'string' ? { ...masked, url: maskUrl(config.url) } : masked
}
