import { isJsonObject, type JsonObject } from '@/server/domain/json'
import { maskUrl } from '@/server/platform/url-secrets'

/** The parts of an adapter's configuration whose values may be secrets by name: `{ "secret": "NAME" }`. */
const holders = ['env', 'headers'] as const

/** Of variables and headers each: far more than a program or a server takes. */
export const mostEntries = 1000

type Entry = { holder: (typeof holders)[number]; key: string; value: unknown }

const looksSecret = /key|token|secret|password|authorization|cookie|credential/i

/** Every `env` and header value of a configuration. */
export function secretEntries(config: JsonObject): Entry[] {
  return holders.flatMap((holder) =>
    Object.entries(isJsonObject(config[holder]) ? config[holder] : {}).map(([key, value]) => ({ holder, key, value })),
  )
}

/** Which of them has more than `mostEntries`; asked before they are looked at one by one. */
export function crowdedHolder(config: unknown): string | null {
  if (!isJsonObject(config)) return null
  return (
    holders.find((holder) => isJsonObject(config[holder]) && Object.keys(config[holder]).length > mostEntries) ?? null
  )
}

export function secretNameOf(value: unknown): string | null {
  return isJsonObject(value) && typeof value.secret === 'string' ? value.secret : null
}

/** A plain value under a name such as API_KEY or Authorization: it is not stored as it is. */
export function isPlainSecret({ key, value }: Entry): boolean {
  return typeof value === 'string' && value !== '' && looksSecret.test(key)
}

/** The same configuration with some values replaced; the given one is left alone. */
export function replaceEntries(config: JsonObject, replace: (entry: Entry) => unknown): JsonObject {
  const replaced: JsonObject = { ...config }
  for (const holder of holders) {
    if (!isJsonObject(config[holder])) continue
    const values = secretEntries(config).filter((entry) => entry.holder === holder)
    replaced[holder] = Object.fromEntries(values.map((entry) => [entry.key, replace(entry)]))
  }
  return replaced
}

/** For those who may see that a value is set, not what it is. */
export function maskConfig(config: JsonObject): JsonObject {
  const masked = replaceEntries(config, ({ value }) => (secretNameOf(value) === null ? '••••••' : value))
  return typeof config.url === 'string' ? { ...masked, url: maskUrl(config.url) } : masked
}
