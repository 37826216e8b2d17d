import { router } from '@/server/api/trpc/init'
import { checkPermissions } from '@/server/identity/access/permissions'
import { accountRouter } from './account'
import { activityRouter } from './activity'
import { adapterRouter } from './adapter'
import { agentRouter } from './agent'
import { boardRouter } from './board'
import { companyRouter } from './company'
import { costRouter } from './cost'
import { liveRouter } from './live'
import { memberRouter } from './member'
import { notificationRouter } from './notification'
import { runRouter } from './run'
import { secretRouter } from './secret'
import { systemRouter } from './system'
import { tokenRouter } from './token'
import { wakeupRouter } from './wakeup'

export const appRouter = router({
  board: boardRouter,
  company: companyRouter,
  agent: agentRouter,
  wakeup: wakeupRouter,
  run: runRouter,
  live: liveRouter,
  activity: activityRouter,
  adapter: adapterRouter,
  cost: costRouter,
  secret: secretRouter,
  notification: notificationRouter,
  system: systemRouter,
  member: memberRouter,
  account: accountRouter,
  token: tokenRouter,
})
export type AppRouter = typeof appRouter

checkPermissions(Object.keys(appRouter._def.procedures))
