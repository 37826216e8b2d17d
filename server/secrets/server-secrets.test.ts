import { expect, it } from 'vitest'
import { createRedactor } from './redact'
import { serverSecrets } from './server-secrets'

const key = Buffer.alloc(32, 'server secret')

it('the secrets of a server are its tokens, keys and passwords, by the names of their variables', () => {
  const environment = {
    REVEILLE_TOKEN: 'an-owner-token-0123',
    REVEILLE_SECRET_KEY: key.toString('base64'),
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG',
    AWS_SESSION_TOKEN: 'IQoJb3JpZ2luX2VjE',
    PGPASSWORD: 'a-long-password',
    REVEILLE_SMTP_PASSWORD: 'mail-password-1',
  }
  const secrets = serverSecrets(key, environment)
  for (const value of Object.values(environment)) expect(secrets).toContain(value.replace(/=+$/, ''))
})

it('values that are not secrets, and short ones, are not redacted', () => {
  const environment = {
    HOME: '/home/reveille',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    REVEILLE_PUBLIC_URL: 'https://reveille.example.com',
    DATABASE_URL: 'postgres://reveille@localhost/reveille',
    PGPASSWORD: 'postgres',
    GITHUB_TOKEN: 'of-something-else-000',
  }
  expect(serverSecrets(key, environment)).toEqual([key.toString('base64').replace(/=+$/, '')])
})

it('a password in a URL is redacted, a short one only together with its user', () => {
  const url = 'postgres://reveille:long%2Fpass-word-1@db.example.com/reveille'
  const redactor = createRedactor(serverSecrets(key, { DATABASE_URL: url }))
  const told = (text: string) => redactor?.text(text)
  expect(told(url)).toBe('postgres://reveille:[redacted]@db.example.com/reveille')
  for (const text of ['long%2Fpass-word-1', 'long/pass-word-1'])
    expect(told(`told: ${text}.`)).toBe('told: [redacted].')
  const short = createRedactor(serverSecrets(key, { DATABASE_URL: 'postgres://reveille:postgres@db/reveille' }))
  expect(short?.text('reveille:postgres@db, and postgres')).toBe('[redacted]db, and postgres')
})
