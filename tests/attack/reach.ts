import { readdirSync, readFileSync } from 'node:fs'
import { createTestClient } from '@/tests/client'
import { eventually } from '@/tests/eventually'
import { type Exploit, refused, type Target } from './target'

/** What an agent may read of others, which is nothing. */
async function spied(target: Target, bearer: string): Promise<string> {
  const { own, other } = target
  const answers = []
  for (const { companyId, victimId, victimRunId } of [own, other]) {
    const reads: [string, object][] = [
      ['agent.get', { agentId: victimId }],
      ['agent.list', { companyId }],
      ['agent.runtimeState', { agentId: victimId }],
      ['agent.keys', { agentId: victimId }],
      ['run.get', { runId: victimRunId }],
      ['run.log', { runId: victimRunId }],
      ['run.events', { runId: victimRunId }],
      ['secret.list', { companyId }],
      ['wakeup.list', { companyId }],
      ['activity.list', { companyId }],
      ['member.list', { companyId }],
      ['cost.summary', { companyId, groupBy: 'day' }],
      ['company.get', { companyId }],
    ]
    for (const [path, input] of reads) answers.push({ what: path, ...(await target.ask(path, input, { bearer })) })
    const log = await target.send(`/api/runs/${victimRunId}/log`, { bearer })
    const activity = await target.send(`/api/companies/${companyId}/activity`, { bearer })
    answers.push({ what: 'the log', ...log }, { what: 'the activity', ...activity })
  }
  for (const path of ['company.list', 'system.status', 'token.list', 'account.sessions']) {
    answers.push({ what: path, ...(await target.ask(path, {}, { bearer })) })
  }
  return refused(answers, [403, 404])
}

async function tampered(target: Target, bearer: string): Promise<string> {
  const { own } = target
  const config = { adapterType: 'process', adapterConfig: { command: 'touch', args: ['/tmp/pwned'] } }
  const answers = []
  for (const agentId of [own.agentId, own.victimId]) {
    const calls: [string, object][] = [
      ['agent.update', { agentId, ...config }],
      ['agent.pause', { agentId }],
      ['agent.terminate', { agentId }],
      ['agent.resetSession', { agentId }],
      ['agent.createKey', { agentId, name: 'x' }],
    ]
    for (const [path, input] of calls) answers.push({ what: path, ...(await target.change(path, input, { bearer })) })
  }
  const { companyId } = own
  const more: [string, object][] = [
    ['agent.create', { companyId, name: 'x', ...config }],
    ['adapter.check', { companyId, ...config }],
    ['secret.set', { companyId, name: 'VAULT', value: 'x' }],
    ['secret.remove', { companyId, name: 'VAULT' }],
    ['company.update', { companyId, budgetMonthlyMicros: null }],
    ['run.cancel', { runId: own.victimRunId }],
    ['token.create', { name: 'x' }],
    ['member.invite', { companyId, email: 'a@example.com', role: 'owner' }],
    ['wakeup.create', { agentId: own.victimId, triggerDetail: 'manual' }],
  ]
  for (const [path, input] of more) answers.push({ what: path, ...(await target.change(path, input, { bearer })) })
  return refused(answers, [403, 404])
}

/** What those may reach who are somebody. */
export const reaches: Exploit[] = [
  { name: 'an agent’s key reads other agents, secrets, people', run: (target) => spied(target, target.key.token) },
  { name: 'a run’s token reads other agents, secrets, people', run: (target) => spied(target, target.run.token) },
  { name: 'an agent’s key changes configurations', run: (target) => tampered(target, target.key.token) },
  { name: 'a run’s token changes configurations', run: (target) => tampered(target, target.run.token) },
  {
    name: 'another company’s ids told apart from unknown ones',
    async run({ ask, other, key }) {
      const nowhere = crypto.randomUUID()
      for (const [path, field, id] of [
        ['agent.get', 'agentId', other.victimId],
        ['run.get', 'runId', other.victimRunId],
        ['run.log', 'runId', other.victimRunId],
      ] as const) {
        const [theirs, none] = [
          await ask(path, { [field]: id }, { bearer: key.token }),
          await ask(path, { [field]: nowhere }, { bearer: key.token }),
        ]
        if (theirs.status !== 404 || theirs.text.replaceAll(id, nowhere) !== none.text) {
          throw new Error(`${path} tells them apart: ${theirs.status} and ${none.status}`)
        }
      }
      return '3 calls, the same 404'
    },
  },
  {
    name: 'secrets in lists, configurations, runs, events, logs, activity, metrics',
    async run({ client, send, token, own, planted }) {
      const { companyId, victimId: agentId, victimRunId: runId } = own
      await eventually(async () => (await client.run.get.query({ runId })).status === 'succeeded', 'the run')
      const seen = [
        await client.agent.list.query({ companyId }),
        await client.agent.get.query({ agentId }),
        await client.secret.list.query({ companyId }),
        await client.run.get.query({ runId }),
        await client.run.events.query({ runId }),
        await client.run.log.query({ runId }),
        await client.wakeup.list.query({ companyId }),
        await client.activity.list.query({ companyId }),
        (await send(`/api/runs/${runId}/log`, { bearer: token })).text,
        (await send('/metrics', { bearer: token })).text,
      ].map((answer) => JSON.stringify(answer))
      const hidden = [planted, token, Buffer.from(planted).toString('base64').replace(/=+$/, '')]
      for (const [at, text] of seen.entries()) {
        if (hidden.some((secret) => text.includes(secret))) throw new Error(`answer ${at + 1} holds a secret`)
      }
      return `${seen.length} answers without one`
    },
  },
  {
    name: 'secrets on the command line of a process',
    async run({ client, own, planted, token }) {
      if (process.platform !== 'linux') return 'not tried: there is no /proc'
      const { run } = await client.wakeup.create.mutate({ agentId: own.victimId })
      await eventually(async () => (await client.run.get.query({ runId: run?.id ?? '' })).startedAt, 'a start')
      let seen = 0
      // Who starts the attack may have put the token on a line of their own.
      const ourselves = ancestry(process.pid)
      for (const pid of readdirSync('/proc').filter(
        (name) => /^\d+$/.test(name) && !ourselves.includes(Number(name)),
      )) {
        const line = commandLineOf(pid)
        seen++
        if (line.includes(planted) || line.includes(token)) throw new Error(`process ${pid} shows a secret`)
      }
      return `${seen} processes without one`
    },
  },
  {
    name: 'an agent’s configuration overrides what the server tells its program',
    async run({ client, own }) {
      const names = ['RUN_ID', 'AGENT_ID', 'COMPANY_ID', 'API_URL', 'API_KEY', 'WAKE_SOURCE', 'WAKE_REASON']
      const files = ['CONTEXT_FILE', 'RESULT_FILE']
      const env = Object.fromEntries([...names, ...files].map((name) => [`REVEILLE_${name}`, 'evil']))
      const adapterConfig = { command: 'env', env }
      const { companyId } = own
      const agent = await client.agent.create.mutate({ companyId, name: 'x', adapterType: 'process', adapterConfig })
      const { run } = await client.wakeup.create.mutate({ agentId: agent.id, reason: 'To see.' })
      const runId = run?.id ?? ''
      await eventually(async () => (await client.run.get.query({ runId })).status === 'succeeded', 'the run')
      const { entries } = await client.run.log.query({ runId })
      const log = entries.map(({ chunk }) => chunk).join('')
      const told = log.split('\n').filter((line) => line.startsWith('REVEILLE_'))
      if (told.length < names.length || log.includes('evil'))
        throw new Error('the program was told what the agent says')
      return `${told.length} variables are the server's`
    },
  },
  {
    name: 'a revoked key, and the stream that was open with it',
    async run({ url, client, own, ask, run }) {
      const key = await client.agent.createKey.mutate({ agentId: own.agentId, name: 'soon gone' })
      const agent = createTestClient(url, key.token)
      let isOpen = false
      const ended = new Promise<number>((resolve) => {
        const over = () => resolve(performance.now())
        agent.client.run.onEvent.subscribe(
          { runId: run.runId },
          { onData: () => (isOpen = true), onError: over, onComplete: over },
        )
      })
      await eventually(() => isOpen, 'the stream')
      await client.agent.revokeKey.mutate({ agentId: own.agentId, keyId: key.id })
      const since = performance.now()
      const { status } = await ask('agent.get', { agentId: own.agentId }, { bearer: key.token })
      const livedMs =
        (await Promise.race([ended, new Promise<number>((stop) => setTimeout(stop, 10_000, Infinity))])) - since
      agent.close()
      if (status !== 401 || livedMs > 5000) throw new Error(`${status}; its stream lived ${Math.round(livedMs)} ms`)
      return `401 at once; its stream lived ${Math.round(livedMs)} ms`
    },
  },
  {
    name: 'a run’s token after its run',
    async run({ client, ask, change, own, run }) {
      await client.run.cancel.mutate({ runId: run.runId })
      await eventually(
        async () => (await client.run.get.query({ runId: run.runId })).status === 'cancelled',
        'the end',
        20_000,
      )
      const bearer = run.token
      const answers = [
        await ask('agent.get', { agentId: own.agentId }, { bearer }),
        await change('wakeup.create', { agentId: own.agentId }, { bearer }),
        await ask('run.log', { runId: run.runId }, { bearer }),
      ]
      return refused(
        answers.map(({ status }) => ({ what: 'a call', status })),
        [401],
      )
    },
  },
]

/** This process, its parent, and so on. */
function ancestry(pid: number): number[] {
  const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  return parent === 0 ? [pid] : [pid, ...ancestry(parent)]
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // It has ended since.
    return ''
  }
}
