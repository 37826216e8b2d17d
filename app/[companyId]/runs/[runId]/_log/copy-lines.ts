import { toast } from 'sonner'
import { plainTextOf } from '@/app/_live/ansi'
import { readRows } from '@/app/_live/read-rows'
import type { ApiClient } from '@/app/_trpc/client'
import { firstAndLast, type LineRange } from './selected-lines'

/** More text than this makes browsers slow. */
const mostChars = 16 * 1024 * 1024

/** Copies the selected lines of the log, or all lines if none are selected, without colours. */
export async function copyLines(client: ApiClient, runId: string, selected: LineRange | null): Promise<void> {
  try {
    const { text, lines, isCut } = await textOf(client, runId, selected)
    await navigator.clipboard.writeText(text)
    const count = lines === 1 ? '1 line' : `${lines.toLocaleString('en')} lines`
    if (isCut)
      toast.warning(`Copied the first ${count}: the log is too large for the clipboard. Download has all of it.`)
    else toast.success(`Copied ${count}`)
  } catch {
    toast.error('Copying failed. Select the text, or download the log.')
  }
}

async function textOf(client: ApiClient, runId: string, selected: LineRange | null) {
  const [first, last] = selected ? firstAndLast(selected) : [1, Number.MAX_SAFE_INTEGER]
  const texts: string[] = []
  let chars = 0
  for (let line = first; line <= last && chars < mostChars; ) {
    const rows = await readRows(client, runId, { stream: null, first: line, rows: last })
    if (rows.length === 0) break
    for (const row of rows) {
      const text = plainTextOf(row.text)
      texts.push(text)
      chars += text.length + 1
    }
    line += rows.length
  }
  const lines = texts.length
  return { text: texts.join('\n'), lines, isCut: chars >= mostChars && first + lines <= last }
}
