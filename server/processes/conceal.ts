import { readdirSync } from 'node:fs'
import { loadFunctions } from './libc'

/**
 * Hides this process's environment and memory from the programs it runs. Linux shows all processes of a user, and of root,
 * the environment that a process started with (`/proc/PID/environ`): it is overwritten there, and copied to memory that
 * only this process has. The process is also made undumpable, so that other processes of its user cannot read that memory
 * or its open files, or attach to it; root still can. Inherited descriptors are not passed on. Returns false where it
 * cannot be done: not on Linux, or koffi is not installed.
 */
export function concealProcess(): boolean {
  if (!functions) return false
  for (const fd of readdirSync('/proc/self/fd').map(Number)) if (fd > 2) functions.fcntl(fd, setFlags, closeOnExec)
  for (const [name, value] of Object.entries(process.env)) {
    if (value === undefined || visibleVariables.includes(name)) continue
    const address = functions.getenv(name)
    if (!address) continue
    functions.memset(address, 0, functions.strlen(address))
    // Node copies the value to its own memory.
    process.env[name] = value
  }
  return functions.prctl(setDumpable, 0, 0, 0, 0) === 0
}

/** The variables that stay visible: they hold no secrets, and Node and the system read them at start. */
export const visibleVariables = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'PWD', 'TMPDIR', 'LANG', 'LC_ALL', 'TERM', 'TZ'],
  ...['NODE_ENV', 'NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'LD_LIBRARY_PATH'],
  'REVEILLE_DATA_DIR',
]

/** The variables of an environment that may be visible to other processes. */
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
