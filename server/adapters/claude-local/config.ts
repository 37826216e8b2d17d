import { z } from 'zod'
import { programFields } from '@/server/adapters/program-config'

const fields = programFields({ label: 'Claude Code', command: 'claude' })

/** The `claude_local` adapter. The form, the JSON Schema and the docs are generated from this. */
export const claudeConfigSchema = z
  .strictObject({
    command: fields.command,
    cwd: fields.cwd,
    promptTemplate: fields.promptTemplate,
    bootstrapPromptTemplate: fields.bootstrapPromptTemplate,
    model: fields.model,
    maxTurnsPerRun: z.number().int().min(0).max(10_000).default(0).meta({
      title: 'Maximum turns per run',
      description: 'Claude Code stops after this many turns; 0 sets no limit.',
    }),
    dangerouslySkipPermissions: z.boolean().default(false).meta({
      title: 'Skip permissions',
      description:
        'Lets the agent use every tool without asking. Nobody can answer its questions: without this it may only use what its own settings allow.',
    }),
    env: fields.env,
    extraArgs: fields.extraArgs,
    timeoutSec: fields.timeoutSec,
    graceSec: fields.graceSec,
  })
  .meta({ title: 'Claude Code' })
export type ClaudeConfig = z.infer<typeof claudeConfigSchema>
