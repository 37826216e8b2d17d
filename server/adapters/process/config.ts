import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { envSchema } from '@/server/adapters/environment'

/** The `process` adapter: one program, without a shell. The form, the JSON Schema and the docs are made from this. */
export const processConfigSchema = z
  .strictObject({
    command: z.string().min(1, 'must name a program').max(4096).meta({
      title: 'Command',
      description: 'The program to run: a name found in PATH, or a path. There is no shell.',
    }),
    args: z
      .array(z.string().max(100_000))
      .max(1000)
      .default([])
      .meta({ title: 'Arguments', description: 'One entry for each argument, passed on as they are.' }),
    cwd: z
      .string()
      .max(4096)
      .refine(isAbsolute, 'must be an absolute path')
      .optional()
      .meta({ title: 'Working directory', description: "An absolute path; the home of the server's user when empty." }),
    env: envSchema.default({}).meta({
      title: 'Environment',
      description: 'Variables for the program, above PATH, HOME and the like. A value is a text or a secret by name.',
    }),
    timeoutSec: z
      .number()
      .int()
      .min(1)
      .max(604_800)
      .default(900)
      .meta({ title: 'Timeout (seconds)', description: 'A run that takes longer is stopped and ends as timed out.' }),
    graceSec: z
      .number()
      .int()
      .min(0)
      .max(3600)
      .default(15)
      .meta({ title: 'Grace (seconds)', description: 'Time between SIGTERM and SIGKILL when a run is stopped.' }),
  })
  .meta({ title: 'Process' })
export type ProcessConfig = z.infer<typeof processConfigSchema>
