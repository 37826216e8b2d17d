import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ask, Reply } from './stand-in'

/** The real programs; set by `npm run test:clis`. The old Claude Code counts each run of a session from nothing. */
export const realPrograms = {
  claude: process.env.REVEILLE_TEST_CLAUDE ?? '',
  oldClaude: process.env.REVEILLE_TEST_OLD_CLAUDE ?? '',
  codex: process.env.REVEILLE_TEST_CODEX ?? '',
}

/** A separate home and project for a program, and the environment that points it to the stand-in. */
export function createWorkspace(url: string) {
  const base = mkdtempSync(join(tmpdir(), 'reveille-clis-'))
  const home = join(base, 'home')
  const project = join(base, 'project')
  for (const folder of [project, join(home, '.codex')]) mkdirSync(folder, { recursive: true })
  writeFileSync(join(home, '.codex', 'config.toml'), codexConfig(url))
  const env = {
    HOME: home,
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: 'none-needed',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_TELEMETRY: '1',
    IS_SANDBOX: '1',
    STAND_IN_KEY: 'none-needed',
  }
  return { home, project, env, remove: () => rmSync(base, { recursive: true, force: true }) }
}

/** The model does what the last line of its prompt says: `run: COMMAND`, `fail: STATUS`, `limit`, or else it greets. */
export function obeyPrompt({ prompt, turn }: Ask): Reply {
  const order = prompt.trim().split('\n').at(-1) ?? ''
  const status = /^fail: (\d+)$/.exec(order)?.[1]
  if (status) return { status: Number(status), message: 'The stand-in was told to fail.' }
  if (order === 'limit') return limited()
  const command = /^run: (.+)$/.exec(order)?.[1]
  if (command && turn === 0) return { command }
  return { text: command ? 'Done.' : 'Hello from the stand-in.' }
}

/** OpenAI's response when the limit is reached; the header keeps Anthropic's client from retrying for minutes. */
function limited(): Reply {
  const resetsAt = Math.floor(Date.now() / 1000) + 7200
  return {
    status: 429,
    headers: { 'x-should-retry': 'false' },
    type: 'usage_limit_reached',
    message: 'The limit of the stand-in is reached.',
    details: { plan_type: 'plus', resets_at: resetsAt },
  }
}

function codexConfig(url: string): string {
  return [
    'model = "stand-in"',
    'model_provider = "stand-in"',
    '[model_providers.stand-in]',
    'name = "Stand-in"',
    `base_url = "${url}/v1"`,
    'wire_api = "responses"',
    'env_key = "STAND_IN_KEY"',
    '',
  ].join('\n')
}
