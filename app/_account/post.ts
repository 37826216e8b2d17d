export type PostError = { ok: false; path: string; message: string }

const unreachable = 'The server cannot be reached. Check that it is running, then try again.'

/** Posts JSON to the sign-in endpoints, which answer with a cookie and are therefore not part of tRPC. */
export async function post<T>(path: string, body: unknown): Promise<{ ok: true; data: T } | PostError> {
  try {
    const answer = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const data = await answer.json()
    if (answer.ok) return { ok: true, data }
    const at = typeof data.error?.path === 'string' ? data.error.path : ''
    const message = String(data.error?.message ?? unreachable)
    return { ok: false, path: at, message: message.startsWith(`${at}: `) ? message.slice(at.length + 2) : message }
  } catch {
    return { ok: false, path: '', message: unreachable }
  }
}
