import { z } from 'zod'
import { argsField, commandField, cwdField, envField, graceField, timeoutField } from '@/server/adapters/fields'

/** The `process` adapter: one program, without a shell. The form, the JSON Schema and the docs are generated from this. */
export const processConfigSchema = z
  .strictObject({
    command: commandField().meta({
      title: 'Command',
      description: 'The program to run: a name found in PATH, or a path. There is no shell.',
    }),
    args: argsField().meta({ title: 'Arguments', description: 'One entry for each argument, passed on unchanged.' }),
    cwd: cwdField,
    env: envField,
    timeoutSec: timeoutField(900),
    graceSec: graceField(15),
  })
  .meta({ title: 'Process' })
export type ProcessConfig = z.infer<typeof processConfigSchema>
