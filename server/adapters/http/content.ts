import type { Execution } from '@/server/adapters/adapter'
import { renderAll } from '@/server/adapters/template'
import type { HttpConfig } from './config'

/** The request: default headers overridden by those of the config, and the payload overridden by the ids and the context. */
export function contentOf(execution: Execution<HttpConfig>): { headers: Record<string, string>; body: string | null } {
  const { config } = execution
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'reveille' }
  const hasBody = config.method !== 'GET'
  if (hasBody) headers['content-type'] = 'application/json'
  for (const [name, value] of Object.entries(config.headers)) {
    if (typeof value === 'string') headers[name.toLowerCase()] = value
  }
  return { headers, body: hasBody ? JSON.stringify(payloadOf(execution)) : null }
}

function payloadOf({ config, agent, company, run, context, env }: Execution<HttpConfig>) {
  const callback = {
    callbackUrl: `${env.REVEILLE_API_URL?.replace(/\/$/, '')}/api/runs/${run.id}/result`,
    token: env.REVEILLE_API_KEY,
  }
  return {
    ...renderAll(config.payloadTemplate, { agent, company, run, context }),
    agentId: run.agentId,
    runId: run.id,
    companyId: run.companyId,
    context,
    ...(config.mode === 'callback' ? callback : {}),
  }
}
