import { writeFileSync } from 'node:fs'

/** Tells the server what came of a run: the file that it named, in JSON. */
export function report(result) {
  if (process.env.REVEILLE_RESULT_FILE) writeFileSync(process.env.REVEILLE_RESULT_FILE, JSON.stringify(result))
}
