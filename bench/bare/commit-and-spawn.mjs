// For each line on stdin: two committed writes to a database (socket $1, user $2, name $3) and one spawn. Prints the
// milliseconds up to what `date` says its time is.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import postgres from 'postgres'

const [path, user, database] = [process.argv[2], process.argv[3], process.argv[4]]
const sql = postgres({ path, user, database, pass: '', max: 1, onnotice: () => {} })
await sql`create table if not exists bare (id int generated always as identity, at timestamptz default now())`
for await (const _line of createInterface({ input: process.stdin })) {
  const tick = Date.now()
  while (Date.now() === tick);
  const offset = Date.now() - performance.now()
  const calledAt = offset + performance.now()
  await sql`insert into bare default values returning id`
  await sql`insert into bare default values returning id`
  const child = spawn('date', ['+%s%N'], { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const [said] = await once(child.stdout, 'data')
  await once(child, 'close')
  process.stdout.write(`${Number(said) / 1e6 - calledAt}\n`)
}
await sql.end()
