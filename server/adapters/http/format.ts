import type { LogFormat } from '@/server/domain/transcript'

/** What the agent says is text: it is read as it is. */
export const format: LogFormat | null = null
