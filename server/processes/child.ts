import type { Readable, Writable } from 'node:stream'

export type Exit = { exitCode: number | null; signal: NodeJS.Signals | null }

/** A running program, the leader of its own session and therefore of its own process group. */
export type Child = {
  pid: number
  /** Null when its stdin is empty. */
  stdin: Writable | null
  stdout: Readable
  stderr: Readable
  /** Null until its exit has been seen. Until then it may be a zombie, whose pid the kernel does not reassign. */
  exit(): Exit | null
  exited: Promise<Exit>
  /** `pipe:[number]` of each stream that is still read: any process with it open can write. Empty where names are unknown. */
  pipes(): string[]
}

/** A program to start, without a shell and without this process's environment. */
export type Command = {
  command: string
  args: string[]
  cwd: string
  env: Record<string, string>
  /** Written to its stdin, which is then closed; without it stdin is empty. */
  stdin?: string
}
