import type { LogFormat } from '@/server/domain/transcript'
import { formats } from './all-formats'

/**
 * The format of an adapter's output, or null where it is text, also of an adapter that is not known here. For the browser
 * and the command line: apart from the registry, for nothing that runs agents to come along.
 */
export function formatOf(type: string): LogFormat | null {
  return Object.hasOwn(formats, type) ? formats[type as keyof typeof formats] : null
}
