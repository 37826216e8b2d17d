import { initTRPC, TRPCError } from '@trpc/server'
import { getHTTPStatusCodeFromError } from '@trpc/server/http'
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc'
import type { Actor } from '@/server/access/actor'
import { sharedCheck } from '@/server/access/again'
import { createGate, type Gate, reachAgain } from '@/server/access/gate'
import { permissions, type Rule } from '@/server/access/permissions'
import { byOf } from '@/server/activity/by'
import { Failure, failureCodes } from '@/server/domain/errors'
import type { Context } from './context'
import { failureOf, trpcErrorOf } from './errors'
import { createStanding } from './standing'

const t = initTRPC.context<Context>().create({
  errorFormatter({ shape, error }) {
    const failure = failureOf(error)
    // A subscription fails while it is read, behind the middleware: its code is made here.
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

function retryAfter({ retryAfterSec }: Failure) {
  return retryAfterSec === undefined ? {} : { retryAfterSec }
}

export const router = t.router
export const createCallerFactory = t.createCallerFactory

/** Every procedure: who calls, what the table of permissions lets them reach, and errors in words. */
export const procedure = t.procedure.use(async ({ ctx, path, type, signal, next }) => {
  const { services } = ctx
  const rule = permissions[path]
  if (!rule) throw trpcErrorOf(new Failure('forbidden', 'This procedure has no permission.'))
  const { actor, gate } = await enter(ctx, rule).catch((error) => {
    throw trpcErrorOf(error)
  })
  const isLasting = type === 'subscription'
  const standing = createStanding(isLasting ? signal : undefined, () =>
    sharedCheck(actor, `${path} ${JSON.stringify(gate.reached)}`, async () => {
      await reachAgain(gate, (await enter(ctx, rule)).gate)
    }),
  )
  const result = await next({ ctx: { ...ctx, actor, gate, by: byOf(actor, ctx.caller), until: standing.until } })
  if (result.ok) return isLasting ? { ...result, data: standing.guard(result.data) } : result
  const failure = failureOf(result.error)
  if (failure.reason === 'internal')
    services.log.error({ err: result.error.cause ?? result.error, path }, 'a call failed')
  throw trpcErrorOf(result.error)
})

async function enter(ctx: Context, rule: Rule): Promise<{ actor: Actor; gate: Gate }> {
  const actor = await ctx.actor()
  if (!actor) throw new Failure('unauthenticated', 'Sign in, or send a token.')
  return { actor, gate: createGate(ctx.services.database.sql, actor, rule) }
}
