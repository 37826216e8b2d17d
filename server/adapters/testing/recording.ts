import { readFileSync, writeFileSync } from 'node:fs'
import type { Started } from './execution'

/**
 * The recorded output of a real program: the first line contains its arguments and its end, the others are its stdout
 * with its folders replaced.
 */
export type Recording = { args: string[]; exitCode: number; stderr: string; stdout: string[] }

/** Writes a recording of a run that has ended, where `npm run test:clis -- --record` asks for it. */
export async function record(path: URL, started: Started, folders: { home: string; project: string }): Promise<void> {
  if (!process.env.REVEILLE_TEST_RECORD) return
  const { exitCode } = await started.outcome
  const args = started.seen.events.findLast((event) => event.eventType === 'adapter.invoke')?.payload?.args
  const plain = (text: string) =>
    text.replaceAll(folders.project, '/home/agent/project').replaceAll(folders.home, '/home/agent')
  const head = JSON.stringify({ args, exitCode, stderr: plain(started.seen.stderr) })
  writeFileSync(path, `${head}\n${plain(started.seen.stdout)}`)
}

export function readRecording(path: URL): Recording {
  const [head = '', ...stdout] = readFileSync(path, 'utf8').trimEnd().split('\n')
  return { ...JSON.parse(head), stdout }
}
