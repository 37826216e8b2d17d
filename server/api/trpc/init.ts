import { initTRPC, TRPCError } from '@trpc/server'
import { getHTTPStatusCodeFromError } from '@trpc/server/http'
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc'
import type { Executor } from '@/db/client'
import { ApiError, failureCodes } from '@/server/domain/errors'
import { refuseFault } from '@/server/domain/storable'
import { type Actor, credentialOf } from '@/server/identity/access/actor'
import { createGate, type Gate } from '@/server/identity/access/gate'
import { permissions, type Rule } from '@/server/identity/access/permissions'
import { auditActorOf } from '@/server/identity/activity/audit-actor'
import { atEnd } from './at-end'
import type { Context } from './context'
import { failureOf, trpcErrorOf } from './errors'
import { createReauthorizedStream } from './reauthorized-stream'

/** `isData`: the input contains data of others, which is accepted as it is and made storable when it is stored. */
type Meta = { isData: true }

const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    errorFormatter({ shape, error }) {
      const failure = failureOf(error)
      // A subscription fails while it is read, after the middleware: its code is set here.
      const code = failureCodes[failure.reason]
      const httpStatus = getHTTPStatusCodeFromError(new TRPCError({ code }))
      const { stack: _stack, ...data } = shape.data
      return {
        ...shape,
        code: TRPC_ERROR_CODES_BY_KEY[code],
        message: failure.message,
        data: {
          ...data,
          code,
          httpStatus,
          reason: failure.reason,
          path: failure.path ?? data.path ?? null,
          ...retryAfter(failure),
        },
      }
    },
  })

function retryAfter({ retryAfterSec }: ApiError) {
  return retryAfterSec === undefined ? {} : { retryAfterSec }
}

export const router = t.router
export const createCallerFactory = t.createCallerFactory

/** Every procedure authenticates its caller, applies the table of permissions, and translates errors. */
export const procedure = t.procedure.use(async ({ ctx, path, type, signal, meta, getRawInput, next }) => {
  const { services } = ctx
  const rule = permissions[path]
  if (!rule) throw trpcErrorOf(new ApiError('forbidden', 'This procedure has no permission.'))
  const { actor, gate } = await enter(ctx, rule).catch((error) => {
    throw trpcErrorOf(error)
  })
  try {
    // Unreadable input is refused by the procedure's schema: not every procedure has an input.
    const input = await getRawInput().catch(() => undefined)
    refuseInput(input, meta?.isData === true)
  } catch (error) {
    throw trpcErrorOf(error)
  }
  const own = { ...ctx, actor, gate, by: auditActorOf(actor, ctx.caller) }
  const result =
    type === 'subscription'
      ? await subscribe({ ctx, rule, actor, gate, signal }, (until) => next({ ctx: { ...own, until } }))
      : await next({ ctx: { ...own, until: neverAborted } })
  if (result.ok) return result
  const failure = failureOf(result.error)
  if (failure.reason === 'internal')
    services.log.error({ err: result.error.cause ?? result.error, path }, 'a call failed')
  throw trpcErrorOf(result.error)
})

/** A socket message that could not be read completely has an error in place of its input. */
function refuseInput(input: unknown, isData: boolean): void {
  if (input instanceof ApiError) throw input
  refuseFault(input, isData)
}

const neverAborted = new AbortController().signal

type Subscriber = { ctx: Context; rule: Rule; actor: Actor; gate: Gate; signal: AbortSignal | undefined }

/** Counts a subscription while it lasts, and ends it when its caller loses the right to it. */
async function subscribe<Result extends { ok: boolean; data?: unknown }>(
  { ctx, rule, actor, gate, signal }: Subscriber,
  next: (until: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { limits, reauthorizer } = ctx.services
  const credential = credentialOf(actor)
  const stream = createReauthorizedStream(signal)
  const slot = limits.subscription(ctx.socket, actor)
  const unwatch = reauthorizer.watch(credential, {
    authenticate: (sql) => authenticated(ctx, sql),
    rule,
    reached: gate.reached,
    onRefused: stream.refuse,
  })
  const release = atEnd(ctx.socket, signal, () => {
    unwatch()
    slot.leave()
  })
  const result = await next(stream.until)
  if (!result.ok) release()
  return result.ok ? { ...result, data: stream.read(result.data, release) } : result
}

async function authenticated(ctx: Context, sql?: Executor): Promise<Actor> {
  const actor = await ctx.actor(sql)
  if (!actor) throw new ApiError('unauthenticated', 'Sign in, or send a token.')
  return actor
}

async function enter(ctx: Context, rule: Rule): Promise<{ actor: Actor; gate: Gate }> {
  const actor = await authenticated(ctx)
  return { actor, gate: createGate(ctx.services.database.sql, actor, rule) }
}
