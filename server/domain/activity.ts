import type { z } from 'zod'
import type { activityDetailsSchemas } from './activity-details-schema'

/** The text of each action in the activity log, after the name of its actor. */
export const activityWords = {
  'account.update': 'changed their account',
  'agent.create': 'created the agent',
  'agent.createKey': 'created a key',
  'agent.pause': 'paused the agent',
  'agent.resetSession': "reset the agent's session",
  'agent.resume': 'resumed the agent',
  'agent.revokeKey': 'revoked a key',
  'agent.terminate': 'terminated the agent',
  'agent.update': 'changed the agent',
  'company.create': 'created the company',
  'company.removeExample': 'removed the example',
  'company.update': 'changed the company',
  'member.accept': 'joined the company',
  'member.invite': 'invited a member',
  'member.remove': 'removed a member',
  'member.update': "changed a member's role",
  'notification.removeWebhook': 'removed the webhook',
  'notification.sendAgain': 'sent a notification to the webhook again',
  'notification.setRule': 'changed a notification rule',
  'notification.setWebhook': 'set the webhook',
  'run.cancel': 'cancelled a run',
  'secret.remove': 'removed the secret',
  'secret.set': 'set the secret',
  'session.create': 'signed in',
  'session.end': 'ended a session',
  'session.endAll': 'signed out everywhere',
  'session.refuse': 'failed to sign in',
  'session.signOut': 'signed out',
  'token.create': 'created a token',
  'token.revoke': 'revoked a token',
  'wakeup.create': 'woke the agent',
} as const satisfies Record<string, string>

export type KnownAction = keyof typeof activityWords

export type ActivityDetails<Action extends KnownAction> = z.infer<(typeof activityDetailsSchemas)[Action]>

/** An action with its details, which most actions do not have. */
export type Activity = {
  [Action in KnownAction]: ActivityDetails<Action> extends Record<string, never>
    ? { action: Action; details?: undefined }
    : { action: Action; details: ActivityDetails<Action> }
}[KnownAction]

export const knownActions = Object.keys(activityWords) as KnownAction[]

export function wordsOfAction(action: string): string {
  return action in activityWords ? activityWords[action as KnownAction] : action
}
