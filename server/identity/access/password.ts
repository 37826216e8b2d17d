import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

/** OWASP's parameters for scrypt with 32 MiB: about 250 ms per hash. */
const cost = { logN: 15, r: 8, p: 3 }
const keyBytes = 32

/** `scrypt$logN$r$p$salt$key`: each hash contains its cost, so that the cost can be raised later. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const { logN, r, p } = cost
  const key = await derived(password, salt, cost)
  return ['scrypt', logN, r, p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

/** Takes the same time without a hash, so that an attacker does not learn which e-mails exist. */
export async function isPassword(password: string, hash: string | null): Promise<boolean> {
  const [, logN, r, p, salt, key] = (hash ?? dummyHash).split('$')
  const expected = Buffer.from(key ?? '', 'base64url')
  const given = await derived(password, Buffer.from(salt ?? '', 'base64url'), {
    logN: Number(logN),
    r: Number(r),
    p: Number(p),
  })
  return given.length === expected.length && timingSafeEqual(given, expected) && hash !== null
}

const dummyHash = ['scrypt', cost.logN, cost.r, cost.p, 'AAAAAAAAAAAAAAAAAAAAAA', 'A'.repeat(43)].join('$')

let last: Promise<unknown> = Promise.resolve()

/** One at a time, so that hundreds of guesses use up neither the memory nor the thread pool, which also reads files. */
function derived(password: string, salt: Buffer, { logN, r, p }: typeof cost): Promise<Buffer> {
  const options = { N: 2 ** logN, r, p, maxmem: 64 * 1024 * 1024 }
  const next = last.then(() => derive(password.normalize('NFKC'), salt, keyBytes, options))
  last = next.catch(() => {})
  return next
}
