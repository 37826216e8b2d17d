import { z } from 'zod'
import { procedure, router } from '@/server/api/trpc/init'
import { uuid } from '@/server/domain/ids'
import { endSession, listSessions, signOutEverywhere } from '@/server/identity/access/sessions'
import { type Account, getAccount, updateAccount } from '@/server/identity/people/account'
import { emailInput, passwordInput } from '@/server/identity/people/inputs'
import { nameInput } from './inputs'

/** The bearer of REVEILLE_TOKEN. */
const nobody: Account = {
  id: null,
  name: 'REVEILLE_TOKEN',
  email: null,
  hasPassword: false,
  needsPassword: false,
  installationOwner: true,
}

export const accountRouter = router({
  /** The caller. */
  get: procedure.query(async ({ ctx }) => {
    if (ctx.actor.kind !== 'person') return nobody
    return await getAccount(ctx.services.database.sql, ctx.actor)
  }),
  /** A new password ends all other sessions. A new password or e-mail needs the current password, if there is one. */
  update: procedure
    .input(
      z.strictObject({
        name: nameInput.optional(),
        email: emailInput.optional(),
        newPassword: passwordInput.optional(),
        currentPassword: z.string().max(200).optional(),
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const who = { ...ctx.gate.person(), address: ctx.caller?.address ?? null }
      return await updateAccount(ctx.services.database.sql, ctx.by, who, input)
    }),
  /** The caller's sessions; `isThis` marks the one of this call. */
  sessions: procedure.query(async ({ ctx }) => {
    const { personId, sessionId } = ctx.gate.person()
    const sessions = await listSessions(ctx.services.database.sql, personId)
    return { items: sessions.map((session) => ({ ...session, isThis: session.id === sessionId })) }
  }),
  endSession: procedure.input(z.strictObject({ sessionId: uuid })).mutation(async ({ ctx, input }) => {
    await endSession(ctx.services.database.sql, ctx.by, ctx.gate.person().personId, input.sessionId)
    return { ended: true }
  }),
  /** Ends all sessions, including the one of this call. */
  signOutEverywhere: procedure.mutation(async ({ ctx }) => {
    await signOutEverywhere(ctx.services.database.sql, ctx.by, ctx.gate.person().personId)
    return { ended: true }
  }),
})
