import { z } from 'zod'
import { argsField, commandField, cwdField, envField, graceField, timeoutField } from './fields'

const template = z.string().max(1_000_000)

const defaultPrompt = `You are {{agent.name}}, an agent of {{company.name}}. You have been woken ({{run.source}}). {{run.reason}}

The context of this run, as JSON:
{{context}}

Do the work that this asks for, and end with a short summary of what you did.`

/** The fields that agent programs share: a command that is given a prompt and keeps sessions. */
export function programFields(program: { label: string; command: string }) {
  return {
    command: commandField()
      .default(program.command)
      .meta({
        title: 'Command',
        description: `The ${program.label} program: a name found in PATH, or a path.`,
      }),
    cwd: cwdField,
    promptTemplate: template.default(defaultPrompt).meta({
      title: 'Prompt',
      description: 'The prompt of each run. May contain {{agent.*}}, {{company.*}}, {{run.*}} and {{context.*}}.',
    }),
    bootstrapPromptTemplate: template.optional().meta({
      title: 'First prompt',
      description: 'Used instead of the prompt at the beginning of a new session.',
    }),
    model: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .meta({
        title: 'Model',
        description: `The model to use; the default of ${program.label} when empty.`,
      }),
    env: envField,
    extraArgs: argsField().meta({
      title: 'More arguments',
      description: `Passed on to ${program.label} unchanged, one entry for each argument.`,
    }),
    timeoutSec: timeoutField(1800),
    graceSec: graceField(20),
  }
}

export type ProgramConfig = z.infer<z.ZodObject<ReturnType<typeof programFields>>>
