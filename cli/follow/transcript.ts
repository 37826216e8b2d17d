import { paint } from '@/cli/colour'
import type { Session } from '@/cli/session'
import { formatOf } from '@/server/adapters/formats'
import { asObject, asText } from '@/server/domain/json'
import { createTranscript, type TranscriptEntry } from '@/server/domain/transcript'

export type TranscriptText = { read(chunk: string): string; end(): string }

/** Formats the JSON lines of agent programs as text, on a terminal. Null if the output is printed as it is. */
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

/** Turns chunks of stdout into text to print: each entry once, and a tool's result when it has arrived. */
export function createTranscriptText(adapterType: string): TranscriptText | null {
  const format = formatOf(adapterType)
  if (!format) return null
  const transcript = createTranscript(format)
  const printed: TranscriptEntry[] = []
  let unfinished = ''

  function line(text: string): string {
    const from = transcript.add(text)
    if (from === null) return ''
    const entries = transcript.entries()
    const fresh = entries.slice(from).flatMap((entry, index) => {
      const before = printed[from + index]
      printed[from + index] = entry
      return entry === before ? [] : textsOf(entry, before !== undefined)
    })
    return fresh.map(([colour, text]) => `${styled(colour, withoutControls(text))}\n`).join('')
  }

  return {
    read(chunk) {
      const lines = (unfinished + chunk).split('\n')
      unfinished = lines.pop() ?? ''
      return lines.map(line).join('')
    },
    end() {
      const rest = unfinished
      unfinished = ''
      return line(rest)
    },
  }
}

type StyledText = [colour: 'dim' | 'cyan' | 'red' | null, text: string]

function textsOf(entry: TranscriptEntry, isUpdate: boolean): StyledText[] {
  switch (entry.kind) {
    case 'session':
      return [['dim', `— session ${entry.sessionId ?? ''} ${entry.model ?? ''}`.trimEnd()]]
    case 'message':
      return [[null, entry.from === 'agent' ? entry.text : `> ${entry.text}`]]
    case 'thinking':
      return [['dim', `(${entry.text})`]]
    case 'tool': {
      const { name, input, result } = entry
      const call: StyledText = ['cyan', `$ ${name} ${inputOf(input)}`.trimEnd()]
      const resultText: StyledText[] = result
        ? [[result.isError ? 'red' : null, `${result.isError ? '✗' : '→'} ${result.text.trimEnd()}`]]
        : []
      return isUpdate && result ? resultText : [call, ...resultText]
    }
    case 'usage':
      return [['dim', `— ${entry.inputTokens} tokens in, ${entry.cachedInputTokens} cached, ${entry.outputTokens} out`]]
    case 'error':
      return [['red', `✗ ${entry.message}`]]
    case 'raw':
      return [[null, entry.text]]
  }
}

/** A command as it was typed, any other input as JSON. */
function inputOf(input: unknown): string {
  const command = asText(asObject(input)?.command)
  if (command !== null) return command
  if (input === null || input === undefined) return ''
  return typeof input === 'string' ? input : JSON.stringify(input)
}

function styled(colour: StyledText[0], text: string): string {
  return colour === null ? text : paint(process.stdout, colour, text)
}

/** Removes control characters: an agent's text must not control the terminal. */
function withoutControls(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, ' ')
}
