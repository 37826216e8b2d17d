import { z } from 'zod'

/** Converted to lower case, as it is stored. */
export const emailInput = z
  .string()
  .trim()
  .max(254, 'must have at most 254 characters')
  .pipe(z.email('must be an e-mail address'))
  .transform((email) => email.toLowerCase())

/** 10 to 200 characters of any kind: length counts for more than special characters. */
export const passwordInput = z
  .string()
  .min(10, 'must have at least 10 characters')
  .max(200, 'must have at most 200 characters')
