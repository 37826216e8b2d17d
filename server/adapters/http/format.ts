import type { LogFormat } from '@/server/domain/transcript'

/** The output of the agent is plain text. */
export const format: LogFormat | null = null
