import type { RawSql } from '@/db/client'
import type { Log } from '@/server/platform/logger'

/** `runs`: something may be claimed. `cancels`: a running run was asked to stop. `live`: there are new live events.
 * `results`: an agent has posted the result of its run. */
export type Nudge = 'runs' | 'cancels' | 'live' | 'results'

export type Nudges = {
  start(): Promise<void>
  stop(): Promise<void>
  /** Tells the processes of this server at once, and other servers within 10 ms. Nothing is lost if it gets lost. */
  send(...nudges: Nudge[]): void
  /** A nudge from a process of this server, by its pipe. */
  receive(nudges: Nudge[]): void
  on(listener: (nudges: Nudge[]) => void): void
}

const channel = 'reveille'
const shortestGapMs = 10

/**
 * Hints that something in PostgreSQL has changed. They carry no data: whoever hears one looks at the tables. Other
 * servers hear of it by NOTIFY, gathered, outside any transaction, and only where there are others. `group` names the
 * processes of one server, which tell each other by pipe and leave each other's NOTIFY unheard.
 */
export function createNudges(options: {
  sql: RawSql
  group: string
  hasOthers(): boolean
  toSibling(nudges: Nudge[]): void
  log: Log
}): Nudges {
  const listeners: ((nudges: Nudge[]) => void)[] = []
  const pending = new Set<Nudge>()
  let timer: NodeJS.Timeout | undefined
  let unlisten: (() => Promise<void>) | undefined
  const hear = (nudges: Nudge[]) => {
    for (const listener of listeners) listener(nudges)
  }

  function flush() {
    timer = undefined
    const nudges = [...pending]
    pending.clear()
    // The poll of the others is the backstop: a database that is away needs no telling twice.
    options.sql.notify(channel, `${options.group} ${nudges.join(' ')}`).catch((err) => {
      options.log.debug({ err }, 'could not nudge other servers')
    })
  }

  return {
    async start() {
      const listening = await options.sql.listen(
        channel,
        (message) => {
          const [group, ...nudges] = message.split(' ')
          if (group !== options.group) hear(nudges.filter(isNudge))
        },
        () => hear(['runs', 'cancels', 'live']),
      )
      unlisten = listening.unlisten
    },
    async stop() {
      clearTimeout(timer)
      await unlisten?.().catch(() => {})
    },
    send(...nudges) {
      // The runner first: a program waits for it, for the rest only a screen does.
      options.toSibling(nudges)
      hear(nudges)
      if (!options.hasOthers()) return
      for (const nudge of nudges) pending.add(nudge)
      timer ??= setTimeout(flush, shortestGapMs)
    },
    receive: hear,
    on: (listener) => listeners.push(listener),
  }
}

function isNudge(word: string): word is Nudge {
  return word === 'runs' || word === 'cancels' || word === 'live' || word === 'results'
}
