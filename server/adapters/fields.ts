import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { envSchema } from './environment'

/** Fields that several adapters share. Titles and descriptions are shown in the form and the docs. */
export const cwdField = z
  .string()
  .max(4096)
  .refine(isAbsolute, 'must be an absolute path')
  .optional()
  .meta({ title: 'Working directory', description: "An absolute path; the home of the server's user when empty." })

export const envField = envSchema.default({}).meta({
  title: 'Environment',
  description:
    'Variables for the program, in addition to PATH, HOME and others, or instead of them. A value is a text or a reference to a secret.',
})

export function timeoutField(defaultSec: number) {
  return z
    .number()
    .int()
    .min(1)
    .max(604_800)
    .default(defaultSec)
    .meta({ title: 'Timeout (seconds)', description: 'A run that takes longer is stopped and ends as timed out.' })
}

export function graceField(defaultSec: number) {
  return z
    .number()
    .int()
    .min(0)
    .max(3600)
    .default(defaultSec)
    .meta({ title: 'Grace (seconds)', description: 'Time between SIGTERM and SIGKILL when a run is stopped.' })
}

export function commandField() {
  return z.string().min(1, 'must name a program').max(4096)
}

export function argsField() {
  return z.array(z.string().max(100_000)).max(1000).default([])
}
