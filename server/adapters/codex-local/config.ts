import { z } from 'zod'
import { programFields } from '@/server/adapters/program-config'

const fields = programFields({ label: 'Codex', command: 'codex' })

/** The `codex_local` adapter. The form, the JSON Schema and the docs are generated from this. */
export const codexConfigSchema = z
  .strictObject({
    command: fields.command,
    cwd: fields.cwd,
    promptTemplate: fields.promptTemplate,
    bootstrapPromptTemplate: fields.bootstrapPromptTemplate,
    model: fields.model,
    search: z.boolean().default(false).meta({
      title: 'Web search',
      description: 'Lets the agent search the live web.',
    }),
    dangerouslyBypassApprovalsAndSandbox: z.boolean().default(false).meta({
      title: 'Bypass approvals and sandbox',
      description:
        'Lets the agent run every command without asking and without a sandbox. Nobody can answer its questions: without this it may only do what its own settings allow.',
    }),
    env: fields.env,
    extraArgs: fields.extraArgs,
    timeoutSec: fields.timeoutSec,
    graceSec: fields.graceSec,
  })
  .meta({ title: 'Codex' })
export type CodexConfig = z.infer<typeof codexConfigSchema>
