import { z } from 'zod'
import { uuid } from './ids'
import { triggerDetails, wakeupSources } from './wakeup-status'

export const wakeupEnvelopeSchema = z.object({
  id: uuid,
  source: z.enum(wakeupSources),
  triggerDetail: z.enum(triggerDetails),
  reason: z.string().nullable(),
  payload: z.unknown(),
  requestedAt: z.string(),
})

export const runContextSchema = z.looseObject({ wakeups: z.array(wakeupEnvelopeSchema).optional() })
