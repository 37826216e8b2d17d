import { z } from 'zod'

/** A name: 1 to 200 characters, without control characters; surrounding whitespace is trimmed. */
export const nameInput = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(200, 'must have at most 200 characters')
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'must not contain control characters')

/** Micro-dollars per month; null: no budget; 0: nothing may be spent. */
export const budgetInput = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullish()

export const reasonInput = z.string().max(2000).optional()

/** ISO 8601 with a zone. */
export const timeInput = z.iso.datetime({ offset: true }).transform((text) => new Date(text))
