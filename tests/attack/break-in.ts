import { createHmac } from 'node:crypto'
import { type Exploit, refused, type Target } from './target'

const program = { adapterType: 'process', adapterConfig: { command: 'touch', args: ['/tmp/pwned'] } }

async function bearers(target: Target, tokens: string[]): Promise<string> {
  const answers = []
  for (const bearer of tokens) {
    for (const path of ['company.list', 'agent.list', 'system.status']) {
      const { status } = await target.ask(path, { companyId: target.own.companyId }, { bearer })
      answers.push({ what: `${path} with ${bearer.slice(0, 12)}…`, status })
    }
  }
  return refused(answers, [401, 429])
}

/** Ways to pass for somebody. */
export const breakIns: Exploit[] = [
  {
    name: 'remote code execution by nobody: make a company, an agent, wake it',
    async run({ change, send, own }) {
      const calls = [
        await change('company.create', { name: 'x' }),
        await change('agent.create', { companyId: own.companyId, name: 'x', ...program }),
        await change('agent.update', { agentId: own.victimId, ...program }),
        await change('wakeup.create', { agentId: own.victimId }),
        await change('agent.createKey', { agentId: own.victimId, name: 'x' }),
        await send(`/api/agents/${own.victimId}/wakeups`, { method: 'POST', body: '{}' }),
        await change('token.create', { name: 'x' }),
        await change('member.invite', { companyId: own.companyId, email: 'a@example.com', role: 'owner' }),
      ]
      return refused(
        calls.map(({ status }, at) => ({ what: `call ${at + 1}`, status })),
        [401],
      )
    },
  },
  {
    name: 'a bearer that is not good falling open',
    run: (target) =>
      bearers(target, [
        'wrong',
        'null',
        'undefined',
        'true',
        '0',
        '[object',
        `${target.token}x`,
        target.token.slice(0, -1),
      ]),
  },
  {
    name: 'another scheme or an empty header falling open',
    async run({ ask }) {
      const answers = []
      for (const authorization of ['', 'Bearer', 'Bearer ', 'Basic YTpi', 'bearer', 'Token x', 'Negotiate']) {
        const { status } = await ask('company.list', {}, { headers: { authorization } })
        answers.push({ what: authorization, status })
      }
      return refused(answers, [401])
    },
  },
  {
    name: 'a run token forged with a key that is not the server’s',
    run(target) {
      const id = target.run.runId
      const forged = ['', 'secret', '0'.repeat(32)].map((key) => {
        const mark = createHmac('sha256', key).update(`run-token ${id}`).digest('base64url')
        return `rvr_${id}_${mark}`
      })
      return bearers(target, [...forged, target.run.token.slice(0, -2).concat('AA'), `rvr_${id}_`])
    },
  },
  {
    name: 'a token in the URL taken for a credential',
    async run({ send, token }) {
      const answers = []
      for (const name of ['token', 'access_token', 'authorization', 'api_key', 'bearer', 'connectionParams']) {
        const { status } = await send(`/api/trpc/company.list?${name}=${encodeURIComponent(token)}`)
        answers.push({ what: name, status })
      }
      return refused(answers, [400, 401])
    },
  },
  {
    name: 'a made-up session cookie',
    async run({ ask }) {
      const answers = []
      for (const value of ['1', 'admin', 'rvs_', `rvs_${'A'.repeat(43)}`, '%00', "' or 1=1 --"]) {
        const { status } = await ask('company.list', {}, { headers: { cookie: `reveille_session=${value}` } })
        answers.push({ what: value, status })
      }
      return refused(answers, [401])
    },
  },
  {
    name: 'the sign-in link used a second time, or guessed',
    async run({ send, signInLink }) {
      const tries = ['rvl_guess', ...(signInLink ? [new URL(signInLink).searchParams.get('token') ?? ''] : [])]
      for (const token of tries) {
        const headers = { 'content-type': 'application/x-www-form-urlencoded' }
        const answer = await send('/api/sign-in', {
          method: 'POST',
          body: new URLSearchParams({ token }).toString(),
          headers,
        })
        if (answer.headers['set-cookie']) throw new Error('a cookie was given')
      }
      return `${tries.length} tries, no cookie`
    },
  },
  {
    name: 'passwords guessed, each from another made-up address',
    async run({ send }) {
      let limited = 0
      let wait = ''
      for (let guess = 0; guess < 30; guess++) {
        const body = JSON.stringify({ email: 'owner@example.com', password: `guess number ${guess}` })
        const headers = { 'x-forwarded-for': `203.0.113.${guess}`, forwarded: `for=203.0.113.${guess}` }
        const answer = await send('/api/sign-in', { method: 'POST', body, headers })
        if (answer.status === 200) throw new Error('a guess was right')
        if (answer.status === 429) limited++
        if (answer.status === 429) wait = String(answer.headers['retry-after'])
      }
      if (limited < 20 || !(Number(wait) > 0)) throw new Error(`only ${limited} of 30 guesses were limited`)
      return `${limited} of 30 answered 429, Retry-After ${wait} s`
    },
  },
  {
    name: 'the token told by the time that a wrong one takes',
    async run({ ask, token }) {
      const measure = async (bearer: string) => {
        const start = performance.now()
        await ask('company.list', {}, { bearer })
        return performance.now() - start
      }
      const far: number[] = []
      const near: number[] = []
      for (let at = 0; at < 60; at++) {
        far.push(await measure('x'.repeat(token.length)))
        near.push(await measure(`${token.slice(0, -1)}${token.endsWith('x') ? 'y' : 'x'}`))
      }
      const median = (times: number[]) => times.sort((a, b) => a - b)[30] ?? 0
      const ratio = median(near) / median(far)
      if (ratio > 2 || ratio < 0.5) throw new Error(`a nearly right one takes ${ratio.toFixed(2)} times as long`)
      return `medians ${median(far).toFixed(2)} and ${median(near).toFixed(2)} ms`
    },
  },
]
