import type { z } from 'zod'
import type { runEventSchema } from './run-event-schema'
import type { LogStream, RunEventLevel, RunEventType } from './run-status'

type Content = z.infer<typeof runEventSchema>

/** A run event without a number yet: its message is a sentence for people, its payload depends on its type. */
export type NewRunEvent = Content & {
  message: string
  level?: RunEventLevel
  stream?: LogStream | null
  color?: string | null
}

export type RunEventPayload<Type extends RunEventType = RunEventType> = Extract<Content, { eventType: Type }>['payload']

/** The same as stored. An earlier release may have omitted keys, or the payload. */
export type StoredRunEventContent = {
  [Type in RunEventType]: { eventType: Type; payload: Partial<NonNullable<RunEventPayload<Type>>> | null }
}[RunEventType]
