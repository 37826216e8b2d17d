import type { Role } from '@/server/domain/agent-status'
import { createTestClient, type TestClient } from './client'
import type { TestServer } from './server'

export const password = 'correct horse battery'

/** What people do to get in, with what a browser sends; `as` gives the client of a cookie. */
export function createAccounts(server: () => TestServer) {
  const closers: (() => void)[] = []
  let addresses = 0

  async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
    const answer = await fetch(server().url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': '10.9.9.9', ...headers },
      body: JSON.stringify(body),
    })
    return {
      status: answer.status,
      cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '',
      retryAfter: Number(answer.headers.get('retry-after')),
      body: await answer.json(),
    }
  }

  async function invited(companyId: string, email: string, role: Role): Promise<string> {
    const { link } = await server().client.member.invite.mutate({ companyId, email, role })
    return new URL(link).searchParams.get('token') ?? ''
  }

  return {
    post,
    invited,
    as(cookie: string): TestClient {
      const { client, close } = createTestClient(server().url, { cookie })
      closers.push(close)
      return client
    },
    /** Opens a sign-in link; answers the cookie. */
    async open(link: string): Promise<string> {
      const body = new URL(link).searchParams
      const answer = await fetch(`${server().url}/api/sign-in`, { method: 'POST', redirect: 'manual', body })
      return answer.headers.get('set-cookie')?.split(';')[0] ?? ''
    },
    /** One's guesses are not counted for another who calls from elsewhere. */
    newAddress: () => `10.0.0.${++addresses}`,
    signIn: (email: string, given: string, address: string) =>
      post('/api/sign-in', { email, password: given }, { 'x-forwarded-for': address }),
    newEmail: () => `${crypto.randomUUID()}@example.com`,
    async newCompany(): Promise<string> {
      return (await server().client.company.create.mutate({ name: `Company ${crypto.randomUUID()}` })).id
    },
    /** Somebody new who has accepted an invitation. */
    async joined(companyId: string, email: string, role: Role) {
      const token = await invited(companyId, email, role)
      return await post('/api/invitation/accept', { token, name: 'Ada', password })
    },
    close() {
      for (const close of closers) close()
    },
  }
}
