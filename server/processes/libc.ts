import { createRequire } from 'node:module'

/** The functions of the C library that start a program; all but `waitpid` return 0 or an error number. */
export type Libc = {
  pipe2(fds: number[], flags: number): number
  close(fd: number): number
  /** `pid[0]` is the new process. Errors of the new process before it executes the program are returned too. */
  posixSpawn(
    pid: number[],
    path: string,
    actions: Buffer,
    attributes: Buffer,
    argv: (string | null)[],
    env: (string | null)[],
  ): number
  actionsInit(actions: Buffer): number
  actionsDestroy(actions: Buffer): number
  addDup2(actions: Buffer, fd: number, as: number): number
  addOpen(actions: Buffer, as: number, path: string, flags: number, mode: number): number
  addChdir(actions: Buffer, path: string): number
  attributesInit(attributes: Buffer): number
  setFlags(attributes: Buffer, flags: number): number
  setSignalDefault(attributes: Buffer, signals: Buffer): number
  setSignalMask(attributes: Buffer, signals: Buffer): number
  /** The pid, 0 while it lives, or -1. */
  waitpid(pid: number, status: number[], options: number): number
}

const prototypes = {
  pipe2: 'int pipe2(_Out_ int *fds, int flags)',
  close: 'int close(int fd)',
  posixSpawn:
    'int posix_spawn(_Out_ int *pid, const char *path, void *actions, void *attributes, const char **argv, const char **env)',
  actionsInit: 'int posix_spawn_file_actions_init(void *actions)',
  actionsDestroy: 'int posix_spawn_file_actions_destroy(void *actions)',
  addDup2: 'int posix_spawn_file_actions_adddup2(void *actions, int fd, int as)',
  addOpen: 'int posix_spawn_file_actions_addopen(void *actions, int as, const char *path, int flags, uint32_t mode)',
  addChdir: 'int posix_spawn_file_actions_addchdir_np(void *actions, const char *path)',
  attributesInit: 'int posix_spawnattr_init(void *attributes)',
  setFlags: 'int posix_spawnattr_setflags(void *attributes, short flags)',
  setSignalDefault: 'int posix_spawnattr_setsigdefault(void *attributes, void *signals)',
  setSignalMask: 'int posix_spawnattr_setsigmask(void *attributes, void *signals)',
  waitpid: 'int waitpid(int pid, _Out_ int *status, int options)',
} as const satisfies Record<keyof Libc, string>

/** Null where it cannot be called: not on Linux, koffi has no build for this machine, or the C library is too old. */
export const libc: Libc | null = loadFunctions<Libc>(prototypes)

/** Functions of the C library by their prototypes. Null as above. */
export function loadFunctions<Functions>(declarations: Record<keyof Functions & string, string>): Functions | null {
  if (process.platform !== 'linux') return null
  try {
    const koffi: Koffi = createRequire(import.meta.url)('koffi')
    const library = koffi.load(null)
    const names = Object.entries<string>(declarations)
    return declared<Functions>(names.map(([name, prototype]) => [name, library.func(prototype)]))
  } catch {
    return null
  }
}

/** Declared here because koffi is optional: where it is not installed, its types are missing too. */
type Koffi = { load(path: null): { func(prototype: string): unknown } }

/** TypeScript cannot derive the types of these functions from the text of their prototypes. */
function declared<Functions>(functions: [string, unknown][]): Functions {
  return Object.fromEntries(functions) as Functions
}
