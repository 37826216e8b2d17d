import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { StartupError } from '@/server/domain/startup-error'
import { readEnv } from './env'

test('an empty environment gives the documented defaults', () => {
  expect(readEnv({})).toEqual({
    host: '127.0.0.1',
    port: 3000,
    databaseUrl: undefined,
    databaseConnections: 42,
    dataDir: resolve('.reveille'),
    token: undefined,
    role: 'all',
    publicUrl: undefined,
    maxRuns: 10,
    tickMs: 1000,
    leaseMs: 15_000,
    drainMs: 30_000,
    logStore: 'local',
    s3: null,
    internalUrl: undefined,
    maxLogBytes: 268_435_456,
    trustedProxies: [],
    allowedHosts: [],
    keep: { activityDays: 400, notificationDays: 90 },
    wakeBounds: { maxDepth: 10, perHour: 3000 },
    secretKey: undefined,
    replaceSecretKey: undefined,
    logLevel: 'info',
  })
})

test('an empty variable counts as unset', () => {
  expect(readEnv({ PORT: '', DATABASE_URL: '', REVEILLE_TOKEN: '' })).toEqual(readEnv({}))
})

test('settings are read, in milliseconds and bytes', () => {
  const key = randomBytes(32)
  const env = readEnv({
    PORT: '0',
    REVEILLE_ROLE: 'runner',
    REVEILLE_LEASE_SEC: '3',
    REVEILLE_DRAIN_SEC: '0',
    REVEILLE_PUBLIC_URL: 'https://wake.example.com/',
    REVEILLE_SECRET_KEY: key.toString('base64'),
    DATABASE_URL: 'postgresql://u:p@db:5432/x?sslmode=require',
  })
  expect(env).toMatchObject({
    port: 0,
    role: 'runner',
    leaseMs: 3000,
    drainMs: 0,
    publicUrl: 'https://wake.example.com',
  })
  expect(env.secretKey?.equals(key)).toBe(true)
})

test.each([
  ['PORT', 'http', 'PORT must be a whole number from 0 to 65535, not "http".'],
  ['PORT', '70000', 'PORT must be a whole number from 0 to 65535, not "70000".'],
  ['REVEILLE_LEASE_SEC', '1.5', 'REVEILLE_LEASE_SEC must be a whole number from 1 to 3600, not "1.5".'],
  ['REVEILLE_MAX_RUNS', '-1', 'REVEILLE_MAX_RUNS must be a whole number from 1 to 10000, not "-1".'],
  ['REVEILLE_ROLE', 'worker', 'REVEILLE_ROLE must be all, web or runner, not "worker".'],
  ['LOG_LEVEL', 'loud', 'LOG_LEVEL must be trace, debug, info, warn, error, fatal or silent, not "loud".'],
  ['REVEILLE_PUBLIC_URL', 'wake.example.com', 'REVEILLE_PUBLIC_URL must be a URL without a path, such as'],
  ['REVEILLE_PUBLIC_URL', 'https://example.com/reveille', 'REVEILLE_PUBLIC_URL must be a URL without a path, such as'],
  ['REVEILLE_PUBLIC_URL', 'https://example.com/?a=b', 'REVEILLE_PUBLIC_URL must be a URL without a path, such as'],
  ['REVEILLE_PUBLIC_URL', 'https://me:hunter2@example.com', 'not "https://••••••@example.com/"'],
  ['REVEILLE_PUBLIC_URL', 'https://:hunter2@example.com', 'REVEILLE_PUBLIC_URL must be a URL without a path, such as'],
  [
    'REVEILLE_DATABASE_CONNECTIONS',
    '5',
    'REVEILLE_DATABASE_CONNECTIONS must be a whole number from 12 to 1000, not "5".',
  ],
  ['REVEILLE_REPLACE_SECRET_KEY', 'yes', 'REVEILLE_REPLACE_SECRET_KEY must be the 8 characters'],
  ['REVEILLE_LOG_STORE', 'ftp', 'local or s3'],
  ['REVEILLE_TOKEN', 'short-secret', 'REVEILLE_TOKEN must be at least 16 characters.'],
  ['REVEILLE_SECRET_KEY', 'c2hvcnQ=', 'REVEILLE_SECRET_KEY must be 32 bytes in base64'],
  ['DATABASE_URL', 'mysql://u:hunter2@db/x', 'DATABASE_URL must be a URL, such as postgres://'],
])('%s=%s is rejected with one line that names the valid format', (name, value, sentence) => {
  let message = ''
  try {
    readEnv({ [name]: value })
  } catch (error) {
    expect(error).toBeInstanceOf(StartupError)
    message = String(error)
  }
  expect(message).toContain(sentence)
  expect(message).not.toMatch(/\n|hunter2|short-secret|c2hvcnQ/)
})
