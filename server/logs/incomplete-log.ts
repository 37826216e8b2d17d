import { ApiError } from '@/server/domain/errors'

/** Where a finished log ends before the length that its run recorded: a part is never given out as the whole. */
export function incompleteLog(readableBytes: number, recordedBytes: number): ApiError {
  return new ApiError(
    'unavailable',
    `Of the ${recordedBytes} bytes of this log only the first ${readableBytes} can be read: the rest is gone from where it was kept, or damaged.`,
  )
}
