import type { RawSql } from '@/db/client'
import type { Log } from '@/server/platform/logger'

/** `runs`: a run may be ready to claim. `cancels`: a running run was asked to stop. `live`: there are new live events.
 * `results`: an agent has posted the result of its run. */
export type Topic = 'runs' | 'cancels' | 'live' | 'results'

export type Notifier = {
  start(): Promise<void>
  stop(): Promise<void>
  /** Notifies the processes of this server at once, and other servers within 10 ms. May be lost without harm. */
  notify(...topics: Topic[]): void
  /** Passes on a notification that another process of this server sent through its pipe. */
  receive(topics: Topic[]): void
  on(listener: (topics: Topic[]) => void): void
}

const channel = 'reveille'
const shortestGapMs = 10

/**
 * Notifies processes of changes in PostgreSQL. A notification has no data: its listeners read the tables. It reaches
 * other servers, if there are any, by NOTIFY, outside any transaction, with the topics of 10 ms combined. `group` names
 * the processes of one server: they notify each other through pipes, and ignore each other's NOTIFY.
 */
export function createNotifier(options: {
  sql: RawSql
  group: string
  hasOthers(): boolean
  toSibling(topics: Topic[]): void
  log: Log
}): Notifier {
  const listeners: ((topics: Topic[]) => void)[] = []
  const pending = new Set<Topic>()
  let timer: NodeJS.Timeout | undefined
  let unlisten: (() => Promise<void>) | undefined
  const receive = (topics: Topic[]) => {
    for (const listener of listeners) listener(topics)
  }

  function flush() {
    timer = undefined
    const topics = [...pending]
    pending.clear()
    // Not retried: the other servers also poll.
    options.sql.notify(channel, `${options.group} ${topics.join(' ')}`).catch((err) => {
      options.log.debug({ err }, 'could not notify other servers')
    })
  }

  return {
    async start() {
      const listening = await options.sql.listen(
        channel,
        (message) => {
          const [group, ...topics] = message.split(' ')
          if (group !== options.group) receive(topics.filter(isTopic))
        },
        () => receive(['runs', 'cancels', 'live']),
      )
      unlisten = listening.unlisten
    },
    async stop() {
      clearTimeout(timer)
      await unlisten?.().catch(() => {})
    },
    notify(...topics) {
      // The runner first: a program waits for it, for the others only a screen.
      options.toSibling(topics)
      receive(topics)
      if (!options.hasOthers()) return
      for (const topic of topics) pending.add(topic)
      timer ??= setTimeout(flush, shortestGapMs)
    },
    receive,
    on: (listener) => listeners.push(listener),
  }
}

function isTopic(word: string): word is Topic {
  return word === 'runs' || word === 'cancels' || word === 'live' || word === 'results'
}
