import { expect, test } from 'vitest'
import { StartupError } from '@/server/domain/startup-error'
import { parseConnectionUrl } from './connection-url'

const base = 'postgres://me:pw@db.example:5433/name'

test.each([
  ['postgres://me@h/name', { host: ['h'], port: [5432], user: 'me', database: 'name', ssl: false }],
  ['postgresql://me:p%40%2Fss:w@h:1/a%20b', { user: 'me', pass: 'p@/ss:w', port: [1], database: 'a b' }],
  ['postgres://me:p@ss@h/name', { pass: 'p@ss', host: ['h'] }],
  ['postgres://h', { host: ['h'] }],
  ['postgres://me@[::1]:5433/name', { host: ['::1'], port: [5433] }],
  ['postgres:///name?host=::1&user=me', { host: ['::1'], port: [5432], user: 'me' }],
  ['postgres://me:pw@/name?host=/var/run/postgresql', { path: '/var/run/postgresql/.s.PGSQL.5432', user: 'me' }],
  ['postgres:///name?host=/run/pg/&port=6000&user=a+b', { path: '/run/pg/.s.PGSQL.6000', user: 'a+b' }],
  ['postgres://me@%2Frun%2Fpg:6000/name', { path: '/run/pg/.s.PGSQL.6000', database: 'name' }],
  ['postgres://me@localhost/name?host=/cloudsql/a:b:c', { path: '/cloudsql/a:b:c/.s.PGSQL.5432' }],
  [
    `postgres://me@a:1,b,[::1]:3/name`,
    { host: ['a', 'b', '::1'], port: [1, 5432, 3], target_session_attrs: 'primary' },
  ],
  ['postgres://me@/name?host=a,b&port=1,2', { host: ['a', 'b'], port: [1, 2] }],
  [`${base}?target_session_attrs=read-write`, { host: ['db.example'] }],
  [`${base}?dbname=other&password=secret`, { database: 'other', pass: 'secret' }],
  [`${base}?sslmode=disable`, { ssl: false }],
  [`${base}?sslmode=prefer&gssencmode=disable`, { ssl: 'prefer' }],
  [`${base}?sslmode=require`, { ssl: { rejectUnauthorized: false } }],
  [`${base}?ssl=true`, { ssl: { rejectUnauthorized: false } }],
  [`${base}?sslnegotiation=direct`, { ssl: { rejectUnauthorized: false }, sslnegotiation: 'direct' }],
  [`${base}?ssl_min_protocol_version=TLSv1.3&sslmode=require`, { ssl: { minVersion: 'TLSv1.3' } }],
  [`${base}?schema=public&connection_limit=5&pgbouncer=true&connect_timeout=3`, { connect_timeout: 3 }],
  [`${base}?application_name=mine&options=-c%20work_mem%3D64MB`, { connection: { options: '-c work_mem=64MB' } }],
])('%s', (url, settings) => {
  expect(parseConnectionUrl(url)).toMatchObject(settings)
})

test.each(['sslmode=verify-full', 'sslrootcert=system', 'sslmode=require&channel_binding=require'])(
  'with %s the certificate of the server is checked',
  (parameters) => {
    const { ssl } = parseConnectionUrl(`${base}?${parameters}`)
    expect(ssl).toMatchObject({ checkServerIdentity: expect.any(Function) })
    expect(ssl).not.toHaveProperty('rejectUnauthorized')
  },
)

test.each([
  ['mysql://me:hunter2@h/name', /must be a URL, such as postgres:\/\/.*percent-encoded/],
  ['postgres://me:hunter2%@h/name', /must be a URL/],
  ['postgres://me:hunter2@h:http/name', /must be a URL/],
  ['postgres://me:hunter2@h:99999/name', /must be a URL/],
  [`${base}?schema=app`, /schema=app is not supported: .*public/],
  [`${base}?target_session_attrs=standby`, /target_session_attrs=standby is not supported: Reveille needs to write/],
  [`${base}?search_path=x`, /the parameter search_path, which Reveille does not know: .*options=-c%20NAME=VALUE/],
  [`${base}?sslcrl=/x`, /the parameter sslcrl/],
  [`${base}?sslmode=strict`, /sslmode=strict is unknown: use one of disable, /],
  [`${base}?sslmode=verify-ca`, /sslmode=verify-ca needs sslrootcert/],
  [`${base}?sslrootcert=/no/such.crt`, /the file of sslrootcert, \/no\/such\.crt, cannot be read \(ENOENT\)/],
  [`${base}?client_encoding=latin1`, /client_encoding=latin1 is not supported/],
  ['postgres:///name?host=/a,/b', /several hosts/],
])('%s is rejected in one sentence without the password', (url, sentence) => {
  const refused = () => parseConnectionUrl(url)
  expect(refused).toThrow(StartupError)
  expect(refused).toThrow(sentence)
  expect(refused).not.toThrow(/hunter2|:pw@|\n/)
})
