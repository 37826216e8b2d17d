import { createTranscript, type TranscriptEntry } from '@/server/domain/transcript'
import type { Session } from '../session'

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
  const transcript = createTranscript(adapterType)
  if (!transcript) return null
  const printed: TranscriptEntry[] = []
  let held = ''

  function line(text: string): string {
    const from = transcript?.add(text) ?? null
    if (from === null) return ''
    const entries = transcript?.entries() ?? []
    const fresh = entries.slice(from).flatMap((entry, index) => {
      const before = printed[from + index]
      printed[from + index] = entry
      return entry === before ? [] : textsOf(entry, before !== undefined)
    })
    return fresh.map((words) => `${safe(words)}\n`).join('')
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

function textsOf(entry: TranscriptEntry, isUpdate: boolean): string[] {
  switch (entry.kind) {
    case 'session':
      return [`— session ${entry.sessionId ?? ''} ${entry.model ?? ''}`.trimEnd()]
    case 'message':
      return [entry.from === 'agent' ? entry.text : `> ${entry.text}`]
    case 'thinking':
      return [`(${entry.text})`]
    case 'tool': {
      const input = typeof entry.input === 'string' ? entry.input : JSON.stringify(entry.input)
      const result = entry.result ? [`${entry.result.isError ? '✗' : '→'} ${entry.result.text.trimEnd()}`] : []
      return isUpdate && entry.result ? result : [`$ ${entry.name} ${input}`, ...result]
    }
    case 'usage':
      return [`— ${entry.inputTokens} tokens in, ${entry.cachedInputTokens} cached, ${entry.outputTokens} out`]
    case 'error':
      return [`✗ ${entry.message}`]
    case 'raw':
      return [entry.text]
  }
}

/** An agent's text must not steer the terminal. */
function safe(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, ' ')
}
