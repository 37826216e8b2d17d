import { ApiError } from '@/server/domain/errors'

/** The error for a finished log shorter than its run recorded: a part is never presented as the complete log. */
export function incompleteLog(readableBytes: number, recordedBytes: number): ApiError {
  return new ApiError(
    'unavailable',
    `Of the ${recordedBytes} bytes of this log only the first ${readableBytes} can be read: the rest is missing or damaged.`,
  )
}
