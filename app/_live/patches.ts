import { isKnownType, type LiveEvent, type LivePayload, livePosition, liveReset } from '@/server/domain/live-event'
import { isFinal, type RunStatus, runStatuses } from '@/server/domain/run-status'

export type StaleList = 'agents' | 'runs' | 'wakeups' | 'board' | 'history' | 'costs' | 'notifications'

/** What one live event changes on the screens: a known row, or a list that has to be read again. */
export type Patch =
  | { kind: 'run'; id: string; fields: Partial<LivePayload<'heartbeat.run.status'>> }
  | { kind: 'agent'; id: string; fields: Partial<LivePayload<'agent.status'>> }
  | { kind: 'wakeup'; id: string; fields: Partial<LivePayload<'wakeup.status'>> }
  | { kind: 'stale'; list: StaleList }
  | { kind: 'reset' }

/** Pure: a live event → the patches it means, in the order they are to be applied. */
export function patchesOf(event: LiveEvent): Patch[] {
  if (!isKnownType(event.type)) return []
  switch (event.type) {
    case 'heartbeat.run.queued':
      return stale('runs', 'board')
    case 'heartbeat.run.status': {
      const { runId, status } = event.payload
      const changed: Patch = { kind: 'run', id: runId, fields: event.payload }
      return [changed, ...stale('runs', 'board'), ...(isFinal(status) ? stale('history', 'costs') : [])]
    }
    case 'heartbeat.run.event':
      // What it has cost by now is read with the run.
      return event.payload.eventType === 'usage' ? [{ kind: 'run', id: event.payload.runId, fields: {} }] : []
    case 'agent.status':
      return [{ kind: 'agent', id: event.payload.agentId, fields: event.payload }, ...stale('agents', 'board')]
    case 'wakeup.status':
      return [{ kind: 'wakeup', id: event.payload.wakeupId, fields: event.payload }, ...stale('wakeups')]
    case 'notification.created':
      return stale('notifications', 'board')
    case liveReset:
      return [{ kind: 'reset' }]
    case livePosition:
      return []
  }
}

function stale(...lists: StaleList[]): Patch[] {
  return lists.map((list) => ({ kind: 'stale', list }))
}

/** Merges what changed into a row: only fields the row has, and never a final run status into another. */
export function patchedRow<Row extends object>(row: Row, fields: object): Row {
  if (goesBack(row, fields)) return row
  const held = new Map<string, unknown>(Object.entries(row))
  const known = Object.entries(fields).filter(([name, value]) => held.has(name) && held.get(name) !== value)
  return known.length === 0 ? row : { ...row, ...Object.fromEntries(known) }
}

/** Of one row read twice, that which is further on. */
export function newerRow<Row extends object>(known: Row | undefined, read: Row): Row {
  return known && goesBack(known, read) && statusOf(known) !== statusOf(read) ? known : read
}

function goesBack(row: object, fields: object): boolean {
  const before = statusOf(row)
  const after = statusOf(fields)
  if (before === null || after === null) return false
  return isFinal(before) || (before === 'running' && after === 'queued')
}

function statusOf(row: object): RunStatus | null {
  return 'status' in row && isRunStatus(row.status) ? row.status : null
}

function isRunStatus(status: unknown): status is RunStatus {
  return (runStatuses as readonly unknown[]).includes(status)
}

type WithItems = { items: readonly { id: string }[] }

/** Patches a row by id wherever it is held: a page, the pages of an infinite query, a board, or the row itself. */
export function patchedData(data: unknown, id: string, fields: object): unknown {
  if (typeof data !== 'object' || data === null) return data
  if (isPages(data)) return { ...data, pages: data.pages.map((page) => patchedData(page, id, fields)) }
  if (isPage(data)) {
    return { ...data, items: data.items.map((item) => (item.id === id ? patchedRow(item, fields) : item)) }
  }
  if ('agents' in data && Array.isArray(data.agents)) {
    return { ...data, agents: data.agents.map((agent) => (agent.id === id ? patchedRow(agent, fields) : agent)) }
  }
  return 'id' in data && data.id === id ? patchedRow(data, fields) : data
}

function isPages(data: object): data is { pages: unknown[] } {
  return 'pages' in data && Array.isArray(data.pages)
}

function isPage(data: object): data is WithItems {
  return 'items' in data && Array.isArray(data.items)
}
