import type { LogFormat } from '@/server/domain/transcript'

/** The output of the program is plain text. */
export const format: LogFormat | null = null
