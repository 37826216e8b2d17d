import type { z } from 'zod'
import { ApiError } from './errors'
import { storableText } from './storable'

const longestPath = 300

/** The error for an invalid input: the path of its first invalid field below `root`, and the reason. */
export function inputError({ issues: [issue] }: z.ZodError, root?: string): ApiError {
  if (!issue) return new ApiError('invalid_input', 'Invalid input', root)
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  const keys = [...(root === undefined ? [] : [root]), ...issue.path, ...unknown]
  const path = storableText(keys.map(String).join('.')).slice(0, longestPath)
  const why = unknown.length > 0 ? 'there is no such field' : issue.message
  return new ApiError('invalid_input', path ? `${path}: ${why}` : why, path)
}
