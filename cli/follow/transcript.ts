import { paint } from '@/cli/colour'
import type { Session } from '@/cli/session'
import { formatOf } from '@/server/adapters/formats'
import { asObject, asText } from '@/server/domain/json'
import { createTranscript, type TranscriptEntry } from '@/server/domain/transcript'

export type TranscriptText = { read(chunk: string): string; end(): string }

/** For people at a terminal: what an agent program's JSON lines say. Null where its output is printed as it is. */
export async function transcriptFor(
  { api, json }: Session,
  runId: string,
  raw = false,
): Promise<TranscriptText | null> {
  if (raw || json || !process.stdout.isTTY) return null
  const run = await api.run.get.query({ runId })
  const { adapterType } = run.adapterType === null ? await api.agent.get.query({ agentId: run.agentId }) : run
  return adapterType === null ? null : createTranscriptText(adapterType)
}

/** Takes stdout as it comes, answers text to print: each entry once, a tool's result when it is there. */
export function createTranscriptText(adapterType: string): TranscriptText | null {
  const format = formatOf(adapterType)
  if (!format) return null
  const transcript = createTranscript(format)
  const printed: TranscriptEntry[] = []
  let held = ''

  function line(text: string): string {
    const from = transcript.add(text)
    if (from === null) return ''
    const entries = transcript.entries()
    const fresh = entries.slice(from).flatMap((entry, index) => {
      const before = printed[from + index]
      printed[from + index] = entry
      return entry === before ? [] : textsOf(entry, before !== undefined)
    })
    return fresh.map(([colour, words]) => `${drawn(colour, safe(words))}\n`).join('')
  }

  return {
    read(chunk) {
      const lines = (held + chunk).split('\n')
      held = lines.pop() ?? ''
      return lines.map(line).join('')
    },
    end() {
      const rest = held
      held = ''
      return line(rest)
    },
  }
}

type Drawn = [colour: 'dim' | 'cyan' | 'red' | null, words: string]

function textsOf(entry: TranscriptEntry, isUpdate: boolean): Drawn[] {
  switch (entry.kind) {
    case 'session':
      return [['dim', `— session ${entry.sessionId ?? ''} ${entry.model ?? ''}`.trimEnd()]]
    case 'message':
      return [[null, entry.from === 'agent' ? entry.text : `> ${entry.text}`]]
    case 'thinking':
      return [['dim', `(${entry.text})`]]
    case 'tool': {
      const { name, input, result } = entry
      const call: Drawn = ['cyan', `$ ${name} ${inputOf(input)}`.trimEnd()]
      const told: Drawn[] = result
        ? [[result.isError ? 'red' : null, `${result.isError ? '✗' : '→'} ${result.text.trimEnd()}`]]
        : []
      return isUpdate && result ? told : [call, ...told]
    }
    case 'usage':
      return [['dim', `— ${entry.inputTokens} tokens in, ${entry.cachedInputTokens} cached, ${entry.outputTokens} out`]]
    case 'error':
      return [['red', `✗ ${entry.message}`]]
    case 'raw':
      return [[null, entry.text]]
  }
}

/** A command is shown as it was typed; all else a tool was given as JSON. */
function inputOf(input: unknown): string {
  const command = asText(asObject(input)?.command)
  if (command !== null) return command
  if (input === null || input === undefined) return ''
  return typeof input === 'string' ? input : JSON.stringify(input)
}

function drawn(colour: Drawn[0], words: string): string {
  return colour === null ? words : paint(process.stdout, colour, words)
}

/** An agent's text must not steer the terminal. */
function safe(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, ' ')
}
