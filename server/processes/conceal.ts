import { readdirSync } from 'node:fs'
import { loadFunctions } from './libc'

/**
 * Hides what this process was given from the programs it runs. Linux shows every process of a user, and of root, the
 * environment that another began with (`/proc/PID/environ`): it is overwritten there, and kept for this process where only
 * its own memory holds it. The process is made undumpable as well, so that none of its user may read that memory, its open
 * files, or attach to it; root still may. Descriptors that whoever started it left open are not passed on. False where it can not be done: not Linux, or koffi not installed.
 */
export function concealProcess(): boolean {
  if (!functions) return false
  for (const fd of readdirSync('/proc/self/fd').map(Number)) if (fd > 2) functions.fcntl(fd, setFlags, closeOnExec)
  for (const [name, value] of Object.entries(process.env)) {
    if (value === undefined || visibleVariables.includes(name)) continue
    const address = functions.getenv(name)
    if (!address) continue
    functions.memset(address, 0, functions.strlen(address))
    // Into memory of its own.
    process.env[name] = value
  }
  return functions.prctl(setDumpable, 0, 0, 0, 0) === 0
}

/** The variables that may be seen: no secrets, and what Node and the system read before anything can be handed over. */
export const visibleVariables = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'PWD', 'TMPDIR', 'LANG', 'LC_ALL', 'TERM', 'TZ'],
  ...['NODE_ENV', 'NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'LD_LIBRARY_PATH'],
  'REVEILLE_DATA_DIR',
]

/** The part of an environment that may be seen. */
export function visibleEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = visibleVariables.filter((name) => environment[name] !== undefined)
  return { NODE_ENV: environment.NODE_ENV, ...Object.fromEntries(names.map((name) => [name, environment[name]])) }
}

type Functions = {
  /** The address of the value, null where there is none. */
  getenv(name: string): bigint | null
  strlen(text: bigint): number
  memset(address: bigint, byte: number, length: number): bigint
  fcntl(fd: number, command: number, flags: number): number
  prctl(option: number, a: number, b: number, c: number, d: number): number
}

const functions = loadFunctions<Functions>({
  getenv: 'void *getenv(const char *name)',
  strlen: 'size_t strlen(void *text)',
  memset: 'void *memset(void *address, int byte, size_t length)',
  fcntl: 'int fcntl(int fd, int command, int flags)',
  prctl: 'int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)',
})

const setDumpable = 4
const setFlags = 2
const closeOnExec = 1
