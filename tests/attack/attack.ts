import { bodies } from './bodies'
import { breakIns } from './break-in'
import { environments } from './environment'
import { reaches } from './reach'
import { type Given, prepareTarget } from './target'
import { wires } from './wire'

export type AttackReport = { refused: number; succeeded: string[] }

/** Tries every exploit on a server, one after the other, and says how each was refused. */
export async function attack(given: Given, say: (line: string) => void): Promise<AttackReport> {
  const target = await prepareTarget(given)
  const report: AttackReport = { refused: 0, succeeded: [] }
  try {
    // Guessing last: whoever guesses is shut out for a while.
    for (const exploit of [...wires, ...bodies, ...reaches, ...environments, ...breakIns]) {
      try {
        say(`refused    ${exploit.name}: ${await exploit.run(target)}`)
        report.refused++
      } catch (error) {
        say(`SUCCEEDED  ${exploit.name}: ${error instanceof Error ? error.message : error}`)
        report.succeeded.push(exploit.name)
      }
    }
  } finally {
    target.close()
  }
  return report
}
