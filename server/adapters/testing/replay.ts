import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Adapter } from '@/server/adapters/adapter'
import { type Given, startExecution } from './execution'

type Call = { args: string[]; stdin: string }
type Replayed = {
  /** The lines to print: the name of a recording in the adapter's `fixtures/recorded`, or lines and an exit code. */
  says: string | { lines: (string | Record<string, unknown>)[]; exitCode?: number; stderr?: string }
  /** Printed instead when a session is resumed. */
  saysResumed?: Replayed['says']
  hangs?: boolean
  config?: Record<string, unknown>
  given?: Given
}

const folder = mkdtempSync(join(tmpdir(), 'reveille-replay-'))
let files = 0

/** Runs an adapter with a program that prints a recording, instead of the real one. */
export function replayWith<Config>(adapter: Adapter<Config>, adapterFolder: string) {
  return ({ says, saysResumed, hangs, config, given }: Replayed) => {
    const calls = join(folder, `${files++}.calls`)
    const env = {
      REPLAY: pathOf(says, adapterFolder),
      REPLAY_CALLS: calls,
      ...(saysResumed ? { REPLAY_RESUMED: pathOf(saysResumed, adapterFolder) } : {}),
      ...(hangs ? { REPLAY_HANG: '1' } : {}),
    }
    const command = fileURLToPath(new URL('fixtures/replaying.mjs', import.meta.url))
    const started = startExecution(adapter, { command, env, graceSec: 1, ...config }, given)
    return { ...started, calls: () => callsIn(calls) }
  }
}

function pathOf(says: Replayed['says'], adapterFolder: string): string {
  if (typeof says === 'string') {
    return fileURLToPath(new URL(`../${adapterFolder}/fixtures/recorded/${says}.jsonl`, import.meta.url))
  }
  const path = join(folder, `${files++}.jsonl`)
  const head = JSON.stringify({ exitCode: says.exitCode ?? 0, stderr: says.stderr ?? '' })
  const lines = says.lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
  writeFileSync(path, [head, ...lines].join('\n'))
  return path
}

function callsIn(path: string): Call[] {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}
