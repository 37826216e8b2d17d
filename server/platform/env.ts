import { resolve } from 'node:path'
import { z } from 'zod'
import { parseConnectionUrl } from '@/db/connection-url'
import { StartupError } from '@/server/domain/startup-error'
import { trustedProxies } from './address'
import { maskUrl } from './url-secrets'

export const roles = ['all', 'web', 'runner'] as const
export type Role = (typeof roles)[number]
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]
export type Env = ReturnType<typeof readEnv>

/** The settings of the server, from its environment. Fails with a StartupError that names the variable and its format. */
export function readEnv(environment: Record<string, string | undefined>) {
  // An empty variable counts as unset: compose files and shells produce such variables.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const parsed = settingsSchema.safeParse(given)
  if (!parsed.success) throw new StartupError(faultSentence(parsed.error, given))
  const settings = parsed.data
  if (settings.DATABASE_URL !== undefined) parseConnectionUrl(settings.DATABASE_URL)
  return {
    host: settings.HOST,
    port: settings.PORT,
    /** Undefined: the embedded PostgreSQL. */
    databaseUrl: settings.DATABASE_URL,
    /** The most connections to PostgreSQL, of all processes of this server together. */
    databaseConnections: settings.REVEILLE_DATABASE_CONNECTIONS,
    /** Absolute. */
    dataDir: resolve(settings.REVEILLE_DATA_DIR),
    token: settings.REVEILLE_TOKEN,
    role: settings.REVEILLE_ROLE,
    /** Without a trailing slash. Undefined: the listening address. */
    publicUrl: settings.REVEILLE_PUBLIC_URL?.replace(/\/+$/, ''),
    /** Undefined: the listening address. */
    internalUrl: settings.REVEILLE_INTERNAL_URL?.replace(/\/+$/, ''),
    maxRuns: settings.REVEILLE_MAX_RUNS,
    tickMs: settings.REVEILLE_TICK_MS,
    leaseMs: settings.REVEILLE_LEASE_SEC * 1000,
    drainMs: settings.REVEILLE_DRAIN_SEC * 1000,
    logStore: settings.REVEILLE_LOG_STORE,
    /** Null: logs stay in the data directory. */
    s3: s3Of(settings),
    maxLogBytes: settings.REVEILLE_MAX_LOG_BYTES,
    /** Addresses and CIDR ranges. */
    trustedProxies: settings.REVEILLE_TRUSTED_PROXIES,
    /** Host names that the server accepts in addition to its own. */
    allowedHosts: settings.REVEILLE_ALLOWED_HOSTS,
    /** Keep agents from waking each other in an endless loop. */
    wakeBounds: { maxDepth: settings.REVEILLE_AGENT_WAKE_DEPTH, perHour: settings.REVEILLE_AGENT_WAKES_PER_HOUR },
    /** Retention of data that belongs to no company. 0: forever. */
    keep: {
      activityDays: settings.REVEILLE_KEEP_ACTIVITY_DAYS,
      notificationDays: settings.REVEILLE_KEEP_NOTIFICATION_DAYS,
    },
    /** 32 bytes. Undefined: the one in the data directory. */
    secretKey: settings.REVEILLE_SECRET_KEY,
    /** The mark of the lost key whose secrets may be deleted, from the error of a start without it. */
    replaceSecretKey: settings.REVEILLE_REPLACE_SECRET_KEY,
    logLevel: settings.LOG_LEVEL,
  }
}

export type S3Settings = { endpoint: string | undefined; bucket: string; region: string }

function s3Of(settings: z.infer<typeof settingsSchema>): S3Settings | null {
  if (settings.REVEILLE_LOG_STORE !== 's3') return null
  const bucket = settings.REVEILLE_S3_BUCKET
  if (bucket === undefined) throw new StartupError('REVEILLE_S3_BUCKET must be set where REVEILLE_LOG_STORE is s3.')
  return { endpoint: settings.REVEILLE_S3_ENDPOINT, bucket, region: settings.REVEILLE_S3_REGION }
}

/** 32 bytes from base64, with or without padding; undefined when it is anything else. */
export function decodeSecretKey(text: string): Buffer | undefined {
  const trimmed = text.trim().replace(/=+$/, '')
  const key = Buffer.from(trimmed, 'base64')
  const isExact = key.toString('base64').replace(/=+$/, '') === trimmed
  return isExact && key.length === 32 ? key : undefined
}

const settingsSchema = z.object({
  HOST: z
    .string()
    .regex(/^[\w.:-]+$/, 'an address or host name, such as 127.0.0.1')
    .default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(3000),
  DATABASE_URL: z.string().optional(),
  REVEILLE_DATABASE_CONNECTIONS: wholeNumber(12, 1000).default(42),
  REVEILLE_DATA_DIR: z.string().default('./.reveille'),
  REVEILLE_TOKEN: z.string().min(16, 'at least 16 characters').optional(),
  REVEILLE_ROLE: z.enum(roles, 'all, web or runner').default('all'),
  REVEILLE_PUBLIC_URL: url(['http:', 'https:'], 'a URL without a path, such as https://reveille.example.com')
    .refine(isOrigin, 'a URL without a path, such as https://reveille.example.com')
    .optional(),
  REVEILLE_INTERNAL_URL: url(['http:', 'https:'], 'a URL, such as http://10.0.0.7:3000').optional(),
  REVEILLE_MAX_RUNS: wholeNumber(1, 10_000).default(10),
  REVEILLE_TICK_MS: wholeNumber(10, 3_600_000).default(1000),
  REVEILLE_LEASE_SEC: wholeNumber(1, 3600).default(15),
  REVEILLE_DRAIN_SEC: wholeNumber(0, 86_400).default(30),
  REVEILLE_LOG_STORE: z.enum(['local', 's3'], 'local or s3').default('local'),
  REVEILLE_S3_ENDPOINT: url(['http:', 'https:'], 'a URL, such as https://s3.example.com').optional(),
  REVEILLE_S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/i, 'the name of a bucket')
    .optional(),
  REVEILLE_S3_REGION: z
    .string()
    .regex(/^[\w-]{1,50}$/, 'a region, such as us-east-1')
    .default('us-east-1'),
  REVEILLE_MAX_LOG_BYTES: wholeNumber(1, Number.MAX_SAFE_INTEGER).default(268_435_456),
  REVEILLE_ALLOWED_HOSTS: list().refine(
    (names) => names.every((name) => /^[\w.:[\]-]+$/.test(name)),
    'host names separated by commas, such as reveille.lan, box:8080',
  ),
  REVEILLE_TRUSTED_PROXIES: list().refine(areAddresses, 'addresses or ranges, such as 10.0.0.0/8, separated by commas'),
  REVEILLE_AGENT_WAKE_DEPTH: wholeNumber(0, 1000).default(10),
  REVEILLE_AGENT_WAKES_PER_HOUR: wholeNumber(0, 1_000_000).default(3000),
  REVEILLE_HTTP_PRIVATE: z.enum(['allow', 'refuse'], 'allow or refuse').default('allow'),
  REVEILLE_KEEP_ACTIVITY_DAYS: wholeNumber(0, 36_500).default(400),
  REVEILLE_KEEP_NOTIFICATION_DAYS: wholeNumber(0, 36_500).default(90),
  REVEILLE_SECRET_KEY: z
    .string()
    .transform((text, context) => {
      const key = decodeSecretKey(text)
      if (key) return key
      context.addIssue({ code: 'custom', message: '32 bytes in base64, as `openssl rand -base64 32` makes them' })
      return z.NEVER
    })
    .optional(),
  REVEILLE_REPLACE_SECRET_KEY: z
    .string()
    .regex(/^[0-9a-f]{8}$/, 'the 8 characters that the error of the failed start names')
    .optional(),
  LOG_LEVEL: z.enum(logLevels, 'trace, debug, info, warn, error, fatal or silent').default('info'),
})

function wholeNumber(least: number, most: number) {
  const message = `a whole number from ${least} to ${most}`
  return z.string().regex(/^\d+$/, message).transform(Number).pipe(z.number().min(least, message).max(most, message))
}

function list() {
  return z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((entry) => entry.trim())
        .filter(Boolean),
    )
}

function areAddresses(entries: string[]): boolean {
  try {
    trustedProxies(entries)
    return true
  } catch {
    return false
  }
}

function url(protocols: string[], message: string) {
  return z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), message)
}

/** Pages, API and sockets are served only from the root path. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { pathname, search, hash, username, password } = new URL(text)
  return pathname === '/' && search + hash + username + password === ''
}

const secretSettings = ['DATABASE_URL', 'REVEILLE_TOKEN', 'REVEILLE_SECRET_KEY']

function faultSentence(error: z.ZodError, given: Record<string, string | undefined>): string {
  const issue = error.issues[0]
  const name = String(issue?.path[0])
  const found = secretSettings.includes(name) ? '' : `, not ${JSON.stringify(maskUrl(given[name] ?? ''))}`
  return `${name} must be ${issue?.message}${found}.`
}
