import { Facts } from '@/app/_components/facts'
import type { RunEventPayload } from '@/server/domain/run-event'
import { Json } from './json'

type Payload = NonNullable<RunEventPayload<'adapter.invoke'>>

/** The command or request that the adapter recorded, without secrets and values of variables. */
export function Invocation({ payload }: { payload: Payload }) {
  const {
    command,
    args = [],
    cwd,
    url,
    method = '',
    mode,
    sessionId,
    prompt,
    envNames = [],
    headerNames = [],
  } = payload
  const facts = [
    command && { label: 'Command', value: <Code>{[command, ...args].map(quoted).join(' ')}</Code> },
    url && { label: 'Request', value: <Code>{`${method} ${url}`.trim()}</Code> },
    mode && { label: 'Mode', value: mode },
    cwd && { label: 'Directory', value: <Code>{cwd}</Code> },
    sessionId && { label: 'Session', value: <Code>{sessionId}</Code> },
    headerNames.length > 0 && { label: 'Headers', value: <Code>{headerNames.join(', ')}</Code> },
    envNames.length > 0 && { label: 'Environment', value: <Names names={envNames} /> },
  ]
  return (
    <>
      <Facts facts={facts.filter((fact) => typeof fact === 'object' && fact !== null)} />
      {prompt && (
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

/** The names of environment variables. Their values stay on the server. */
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

/** Quoted for a shell, so that the command can be copied. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
