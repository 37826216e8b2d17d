import { eventually } from '@/tests/eventually'
import type { Exploit, Target } from './target'

/** What an agent's program prints, as everyone sees it who may see its run: log and events. */
async function printedBy({ client, own }: Target, script: string): Promise<string> {
  const { companyId } = own
  const adapterConfig = { command: 'sh', args: ['-c', script] }
  const agent = await client.agent.create.mutate({ companyId, name: 'spy', adapterType: 'process', adapterConfig })
  const { run } = await client.wakeup.create.mutate({ agentId: agent.id })
  const runId = run?.id ?? ''
  await eventually(async () => (await client.run.get.query({ runId })).finishedAt, 'the run')
  const { entries } = await client.run.log.query({ runId, limitBytes: 1_000_000 })
  const { items } = await client.run.events.query({ runId })
  return `${entries.map(({ chunk }) => chunk).join('')}\n${JSON.stringify(items)}`
}

/** Every process above the program, with what its environment was when it began; their values in hexadecimal. */
const lookUp = `
p=$PPID
while [ "$p" -gt 0 ]; do
  echo "at $p $(tr '\\0' ' ' < /proc/$p/cmdline)"
  tr '\\0' '\\n' < /proc/$p/environ | grep -E "^(REVEILLE_(TOKEN|SECRET_KEY)|DATABASE_URL|PGPASSWORD|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN)=." | od -An -v -tx1 | tr -d ' \\n'
  echo
  p=$(sed 's/.*) . \\([0-9]*\\) .*/\\1/' /proc/$p/stat)
done 2> /dev/null`

/** What programs see of the server that runs them. */
export const environments: Exploit[] = [
  {
    name: 'the server’s token and keys in the environment of the processes above an agent',
    async run(target) {
      if (process.platform !== 'linux') return 'not tried: there is no /proc'
      const printed = await printedBy(target, lookUp)
      const above = printed.split('\nat ').map((part) => part.replace(/^at /, '').split('\n'))
      const ofServer = above.filter(([name = '']) => /(runner|server|start)\.mjs|\/main\.ts/.test(name))
      if (ofServer.length === 0) throw new Error('the server was not found above the agent')
      for (const [name, environment = ''] of ofServer) {
        if (environment !== '')
          throw new Error(`${name} shows ${Buffer.from(environment, 'hex').toString().replace(/=.*/gs, '')}`)
      }
      const others = above
        .filter((part) => !ofServer.includes(part) && part[1])
        .map(([name = '']) => name.split(' ').slice(0, 3).join(' '))
      const rest = others.length > 0 ? `; but what it was started by shows them: ${others.join(', ')}` : ''
      return `${ofServer.length} processes of the server without one${rest}`
    },
  },
  {
    name: 'the server’s token in what an agent prints',
    async run(target) {
      const { token } = target
      const halves = [token.slice(0, 8), token.slice(8)]
      const script = `token="$1$2"; echo "found: $token"; printf %s "$token" | base64 -w0; echo; echo "{\\"summary\\":\\"$token\\"}" > "$REVEILLE_RESULT_FILE"`
      const printed = await printedBy(target, `set -- '${halves.join("' '")}'; ${script}`)
      const encoded = Buffer.from(token).toString('base64').replace(/=+$/, '').slice(0, -1)
      if (printed.includes(token) || printed.includes(encoded)) throw new Error('the log or an event shows the token')
      if (!printed.includes('found: [redacted]')) throw new Error('the program said something else')
      return 'taken out, as it is and in base64'
    },
  },
]
