import type { Readable, Writable } from 'node:stream'

export type Exit = { exitCode: number | null; signal: NodeJS.Signals | null }

/** A program that was started, as the leader of a session and so of a process group of its own. */
export type Child = {
  pid: number
  /** null where its stdin is empty. */
  stdin: Writable | null
  stdout: Readable
  stderr: Readable
  /** Null until its exit has been seen: it may be a zombie by then, whose pid is not given away. */
  exit(): Exit | null
  exited: Promise<Exit>
  /** `pipe:[number]` of each stream that is still read: whoever has it open can write. Empty where that is not known. */
  pipes(): string[]
}

/** What a program is started with: no shell, nothing of this process's environment. */
export type Command = {
  command: string
  args: string[]
  cwd: string
  env: Record<string, string>
  /** Written to its stdin, which is then closed; without it stdin is empty. */
  stdin?: string
}
