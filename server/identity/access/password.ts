import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

/** What OWASP asks of scrypt, in 32 MiB a time: about a quarter of a second. */
const cost = { logN: 15, r: 8, p: 3 }
const keyBytes = 32

/** `scrypt$logN$r$p$salt$key`: the cost stands beside each hash, so that it may grow. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const { logN, r, p } = cost
  const key = await derived(password, salt, cost)
  return ['scrypt', logN, r, p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

/** Takes as long where there is no hash: who guesses does not learn which e-mails there are. */
export async function isPassword(password: string, hash: string | null): Promise<boolean> {
  const [, logN, r, p, salt, key] = (hash ?? nobodys).split('$')
  const expected = Buffer.from(key ?? '', 'base64url')
  const given = await derived(password, Buffer.from(salt ?? '', 'base64url'), {
    logN: Number(logN),
    r: Number(r),
    p: Number(p),
  })
  return given.length === expected.length && timingSafeEqual(given, expected) && hash !== null
}

const nobodys = ['scrypt', cost.logN, cost.r, cost.p, 'AAAAAAAAAAAAAAAAAAAAAA', 'A'.repeat(43)].join('$')

let last: Promise<unknown> = Promise.resolve()

/** One at a time: guesses by the hundred take neither the memory nor the threads that files are read with. */
function derived(password: string, salt: Buffer, { logN, r, p }: typeof cost): Promise<Buffer> {
  const options = { N: 2 ** logN, r, p, maxmem: 64 * 1024 * 1024 }
  const next = last.then(() => derive(password.normalize('NFKC'), salt, keyBytes, options))
  last = next.catch(() => {})
  return next
}
