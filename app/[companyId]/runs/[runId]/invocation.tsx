import { type Fact, Facts } from '@/app/_components/facts'
import { Json } from './json'

/** The command or the request as its adapter told it: secrets and values of variables are not part of that. */
export function Invocation({ payload }: { payload: Record<string, unknown> }) {
  const { command, args, cwd, url, method, mode, sessionId, prompt, envNames, headerNames } = payload
  const line = [command, ...textsOf(args)].filter(isText)
  const facts: (Fact | false)[] = [
    line.length > 0 && { label: 'Command', value: <Code>{line.map(quoted).join(' ')}</Code> },
    isText(url) && { label: 'Request', value: <Code>{`${isText(method) ? method : ''} ${url}`.trim()}</Code> },
    isText(mode) && { label: 'Mode', value: mode },
    isText(cwd) && { label: 'Directory', value: <Code>{cwd}</Code> },
    isText(sessionId) && { label: 'Session', value: <Code>{sessionId}</Code> },
    textsOf(headerNames).length > 0 && { label: 'Headers', value: <Code>{textsOf(headerNames).join(', ')}</Code> },
    textsOf(envNames).length > 0 && { label: 'Environment', value: <Names names={textsOf(envNames)} /> },
  ]
  return (
    <>
      <Facts facts={facts.filter((fact) => fact !== false)} />
      {isText(prompt) && (
        <details>
          <summary className="w-fit rounded text-accent hover:underline">Prompt</summary>
          <Json label="Prompt" value={prompt} />
        </details>
      )}
    </>
  )
}

function Code({ children }: { children: string }) {
  return (
    <code className="line-clamp-6 whitespace-pre-wrap font-mono text-small [overflow-wrap:anywhere]">{children}</code>
  )
}

/** Names only: the values stay on the server. */
function Names({ names }: { names: string[] }) {
  return (
    <details>
      <summary className="w-fit rounded text-accent hover:underline">{names.length} variables</summary>
      <ul className="font-mono text-small">
        {names.map((name) => (
          <li key={name}>{name}</li>
        ))}
      </ul>
    </details>
  )
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(isText) : []
}

/** As a shell would need it, so that it can be copied. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
